"""An Update in the cluster: the world that :mod:`cellhub.updates.driver` looks at and changes.

What is decided is pure (:mod:`.parts`, :mod:`.works`, :mod:`.checks`); the site is the thin way to the
API server and the database.
"""
