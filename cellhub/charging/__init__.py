"""Calls and their money in the database: checked, extended and settled.

The rules are :mod:`cellhub.domain`'s; here they meet the rows. A deed reads what it
needs in one round trip and writes in one more, both by the strings of
:mod:`~cellhub.charging.statements`. What a rule decided on may have changed before it
is written, so each write states its conditions again and tells whether they held.
"""
