"""Let the proof that a phone gave of itself be good for seconds.

Asterisk takes a digest as often as it comes while its nonce lives, which is half a minute by default. Nobody
but a thief shows one a second time; a phone answers its challenge at once.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NONCE_SECONDS = 10

AUTHS = """
CREATE VIEW switch.ps_auths WITH (security_invoker = true) AS SELECT
    username AS id,
    tenant_id,
    username,
    'digest' AS auth_type,
    'MD5:' || digest_md5 || ',SHA-256:' || digest_sha256 AS password_digest,
    'MD5' AS supported_algorithms_uas{more}
FROM public.sip_user WHERE enabled AND host = 'dynamic' AND tenant_id = (SELECT switch.tenant())
"""


def upgrade() -> None:
    _view(f",\n    {NONCE_SECONDS} AS nonce_lifetime")


def downgrade() -> None:
    _view("")


def _view(more: str) -> None:
    op.execute("DROP VIEW switch.ps_auths")
    op.execute(AUTHS.format(more=more))
    op.execute("GRANT SELECT ON switch.ps_auths TO cellhub_switch")
