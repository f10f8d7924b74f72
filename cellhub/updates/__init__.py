"""System Updates: a signed release brought to an installation, step by step, and back when it fails.

The rules are in :mod:`cellhub.domain.updates`. A world (one machine here, a cluster in the
operator) says what is seen and does what is decided; notes keep the step, in the database.
"""
