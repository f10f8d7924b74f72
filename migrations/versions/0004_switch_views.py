"""What Asterisk reads and writes: PJSIP realtime, fenced to the tenant of its login.

A phone is told apart by its user name and a peer with a fixed address by that address
alone: an endpoint without a password that a From header could name would be free calls
for anybody. Both digests are kept, since the second cannot be made later, and MD5 alone
is offered: many phones stumble over two challenges. A caller id is never empty, because
that is what makes Asterisk ignore the caller's own From and P-Asserted-Identity.

The address for RTP is the softswitch's own, which its session sets. The views run with
the rights of their reader, so the fence of ``sip_user`` holds in them too. Which tenant a
login belongs to is a row that only the platform writes, not a setting that a session
could change. Unknown columns are ignored by Asterisk; an empty value means its default.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = (
    "id, tenant_id, account_id, username, digest_md5, digest_sha256, caller_id_name, caller_id_number, "
    "host, nat, codecs, enabled"
)

LOGIN = """
CREATE TABLE switch.tenant_login (
    role_name text CONSTRAINT pk_tenant_login PRIMARY KEY,
    tenant_id bigint NOT NULL CONSTRAINT fk_tenant_login_tenant_id_tenant REFERENCES public.tenant (id)
)
"""

TENANT = """
CREATE FUNCTION switch.tenant() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = switch, pg_temp
AS $$ SELECT tenant_id FROM switch.tenant_login WHERE role_name = session_user $$
"""

ENDPOINTS = """
CREATE VIEW switch.ps_endpoints WITH (security_invoker = true) AS SELECT
    username AS id,
    tenant_id,
    username AS aors,
    CASE WHEN host = 'dynamic' THEN username END AS auth,
    CASE WHEN host = 'dynamic' THEN 'username' ELSE 'ip' END AS identify_by,
    'client' AS context,
    '!all,' || codecs AS allow,
    CASE WHEN caller_id_number = '' THEN '<' || username || '>'
         ELSE '"' || caller_id_name || '" <' || caller_id_number || '>' END AS callerid,
    CASE WHEN nat LIKE '%force_rport%' THEN 'yes' ELSE 'no' END AS force_rport,
    CASE WHEN nat LIKE '%force_rport%' THEN 'yes' ELSE 'no' END AS rewrite_contact,
    CASE WHEN nat LIKE '%comedia%' THEN 'yes' ELSE 'no' END AS rtp_symmetric,
    'no' AS direct_media,
    'rfc4733' AS dtmf_mode,
    60 AS rtp_timeout,
    600 AS rtp_timeout_hold,
    'yes' AS timers,
    1800 AS timers_sess_expires,
    'no' AS allow_transfer,
    'no' AS allow_subscribe,
    'no' AS allow_overlap,
    NULLIF(current_setting('cellhub.media_address', true), '') AS media_address,
    'yes' AS bind_rtp_to_media_address,
    'no' AS trust_id_inbound,
    'yes' AS send_pai
FROM public.sip_user WHERE enabled AND tenant_id = (SELECT switch.tenant())
"""

AUTHS = """
CREATE VIEW switch.ps_auths WITH (security_invoker = true) AS SELECT
    username AS id,
    tenant_id,
    username,
    'digest' AS auth_type,
    'MD5:' || digest_md5 || ',SHA-256:' || digest_sha256 AS password_digest,
    'MD5' AS supported_algorithms_uas
FROM public.sip_user WHERE enabled AND host = 'dynamic' AND tenant_id = (SELECT switch.tenant())
"""

AORS = """
CREATE VIEW switch.ps_aors WITH (security_invoker = true) AS SELECT
    username AS id,
    tenant_id,
    CASE WHEN host = 'dynamic' THEN 3 ELSE 0 END AS max_contacts,
    'yes' AS remove_existing,
    3600 AS default_expiration,
    60 AS minimum_expiration,
    3600 AS maximum_expiration,
    60 AS qualify_frequency,
    CASE WHEN host <> 'dynamic' THEN concat_ws(chr(58), 'sip', host, '5060') END AS contact
FROM public.sip_user WHERE enabled AND tenant_id = (SELECT switch.tenant())
"""

# All the columns of Asterisk's INSERT; the tenant fills itself in. C collation, because
# Asterisk reads by a prefix of the id.
CONTACTS = """
CREATE TABLE switch.ps_contacts (
    tenant_id bigint NOT NULL DEFAULT switch.tenant()
        CONSTRAINT fk_ps_contacts_tenant_id_tenant REFERENCES public.tenant (id),
    id text COLLATE "C" NOT NULL,
    uri text,
    endpoint text,
    expiration_time bigint,
    qualify_frequency integer,
    qualify_timeout double precision,
    qualify_2xx_only text,
    outbound_proxy text,
    path text,
    user_agent text,
    reg_server text,
    authenticate_qualify text,
    via_addr text,
    via_port integer,
    call_id text,
    prune_on_boot text,
    CONSTRAINT pk_ps_contacts PRIMARY KEY (tenant_id, id)
)
"""

NOTIFY = """
CREATE FUNCTION switch.contact_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_temp AS $$
DECLARE
    contact switch.ps_contacts := coalesce(NEW, OLD);
BEGIN
    PERFORM pg_notify('cellhub_live', json_build_object(
        'topic', 'contacts', 'tenant', contact.tenant_id, 'sip_user', contact.endpoint)::text);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA switch")
    for statement in (LOGIN, TENANT, ENDPOINTS, AUTHS, AORS, CONTACTS, NOTIFY):
        op.execute(statement)
    op.execute("CREATE INDEX ix_ps_contacts_tenant_id_endpoint ON switch.ps_contacts (tenant_id, endpoint)")
    op.execute(
        "CREATE TRIGGER contact_changed AFTER INSERT OR DELETE ON switch.ps_contacts "
        "FOR EACH ROW EXECUTE FUNCTION switch.contact_changed()"
    )
    op.execute("GRANT USAGE ON SCHEMA switch TO cellhub_switch, cellhub_app, cellhub_platform")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON switch.tenant_login TO cellhub_platform")
    for view in ("ps_endpoints", "ps_auths", "ps_aors"):
        op.execute(f"GRANT SELECT ON switch.{view} TO cellhub_switch")
    op.execute(f"GRANT SELECT ({COLUMNS}) ON sip_user TO cellhub_switch")
    op.execute(
        "CREATE POLICY softswitch ON sip_user FOR SELECT TO cellhub_switch USING (tenant_id = (SELECT switch.tenant()))"
    )
    fence_contacts()


def fence_contacts() -> None:
    op.execute("ALTER TABLE switch.ps_contacts ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE switch.ps_contacts FORCE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON switch.ps_contacts TO cellhub_switch")
    op.execute("GRANT SELECT ON switch.ps_contacts TO cellhub_app, cellhub_platform")
    op.execute(
        "CREATE POLICY softswitch ON switch.ps_contacts TO cellhub_switch "
        "USING (tenant_id = (SELECT switch.tenant())) WITH CHECK (tenant_id = (SELECT switch.tenant()))"
    )
    op.execute(
        "CREATE POLICY application ON switch.ps_contacts FOR SELECT TO cellhub_app "
        "USING (tenant_id = (SELECT cellhub_tenant()) AND ((SELECT cellhub_account()) IS NULL "
        "OR endpoint IN (SELECT username FROM sip_user)))"
    )
    op.execute("CREATE POLICY platform ON switch.ps_contacts FOR SELECT TO cellhub_platform USING (true)")


def downgrade() -> None:
    op.execute("DROP POLICY softswitch ON sip_user")
    op.execute(f"REVOKE SELECT ({COLUMNS}) ON sip_user FROM cellhub_switch")
    op.execute("DROP SCHEMA switch CASCADE")
