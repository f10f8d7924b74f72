"""Let an agent find its tenant by the login of the Asterisk beside it.

The agent knows a slug and needs an id before it can enter a scope; ``tenant`` itself
shows nothing before that. The function tells an id and nothing else.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENANT_OF_LOGIN = """
CREATE FUNCTION switch.tenant_of_login(login text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = switch, pg_temp
AS $$ SELECT tenant_id FROM switch.tenant_login WHERE role_name = login $$
"""


def upgrade() -> None:
    op.execute(TENANT_OF_LOGIN)
    op.execute("REVOKE ALL ON FUNCTION switch.tenant_of_login(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION switch.tenant_of_login(text) TO cellhub_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION switch.tenant_of_login(text)")
