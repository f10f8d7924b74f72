"""The database: one declarative base, one session factory, one way into a scope.

Every table of a tenant has ``tenant_id`` first in its key, so that a foreign key can
never cross tenants, and forced row-level security, so that a query that forgot its
filter finds nothing of others. ``enter_scope`` sets both for one transaction.
"""
