"""Bind the login of a tenant's agents to that tenant, whatever its session sets.

Policies ask ``cellhub_tenant()``. For such a login it now answers only with a tenant whose mark,
a role without rights, the login is a member of; for all others it answers as before. It stays one
expression, so that PostgreSQL puts it into the statements as before: 0.5 instead of 0.1
microseconds where a statement asks it. Its words are looked up here and not where it is used, so
that nobody's search path changes what they mean.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

AGENTS = "starts_with(session_user::text, 'cellhub_agent_')"
MARKED = "pg_has_role(session_user, to_regrole('cellhub_tenant_' || {tenant}::text)::oid, 'MEMBER')"
SETTING = "NULLIF(current_setting('cellhub.tenant_id', true), '')::bigint"

TENANT = f"""
CREATE OR REPLACE FUNCTION cellhub_tenant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN NOT {AGENTS} OR {MARKED.format(tenant=SETTING)} THEN {SETTING} END
"""
TENANT_OF_BEFORE = f"""
CREATE OR REPLACE FUNCTION cellhub_tenant() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT {SETTING} $$
"""

TENANT_OF_LOGIN = """
CREATE OR REPLACE FUNCTION switch.tenant_of_login(login text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = switch, pg_temp
AS $$ SELECT tenant_id FROM switch.tenant_login WHERE role_name = login{of_own} $$
"""


def upgrade() -> None:
    op.execute(TENANT)
    own = f" AND (NOT {AGENTS} OR {MARKED.format(tenant='tenant_id')})"
    op.execute(TENANT_OF_LOGIN.format(of_own=own))


def downgrade() -> None:
    op.execute(TENANT_OF_BEFORE)
    op.execute(TENANT_OF_LOGIN.format(of_own=""))
