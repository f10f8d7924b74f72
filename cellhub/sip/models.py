"""SIP users, and the contacts that Asterisk keeps of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, TenantOwned, tenant_fk, within_tenant

DYNAMIC = "dynamic"
"""The host of a phone that registers; any other host is a fixed IP address."""


class SipUser(TenantOwned, Base):
    """An account that registers to Asterisk and places calls, owned by a customer.

    The secret is kept only as the digests that SIP needs. A limit of 0 means none.
    """

    __tablename__ = "sip_user"
    __table_args__ = (
        tenant_fk(),
        within_tenant("account_id", "account"),
        within_tenant("trunk_id", "trunk"),
        within_tenant("rate_deck_id", "rate_deck"),
        UniqueConstraint("tenant_id", "username"),
        # A trunk is called trunk-NAME in the softswitch; no SIP user may take that place.
        CheckConstraint("username ~ '^[a-z0-9][a-z0-9_-]{1,39}$' AND username !~ '^trunk-'", name="username"),
        CheckConstraint("caller_id_name !~ '[[:cntrl:]\"<>\\\\]'", name="caller_id_name"),
        CheckConstraint("caller_id_number ~ '^[+]?[0-9]{0,20}$'", name="caller_id_number"),
        # One word that Asterisk does not know makes the whole endpoint vanish.
        CheckConstraint(
            "string_to_array(codecs, ',') <@ ARRAY['alaw', 'ulaw', 'g722', 'g729', 'gsm', 'opus'] "
            "AND codecs <> ''",
            name="codecs",
        ),
        CheckConstraint("max_calls >= 0", name="max_calls"),
    )

    account_id: Mapped[BigInt]
    username: Mapped[str]
    digest_md5: Mapped[str]
    digest_sha256: Mapped[str]
    caller_id_name: Mapped[str] = mapped_column(default="", server_default="")
    caller_id_number: Mapped[str] = mapped_column(default="", server_default="")
    host: Mapped[str] = mapped_column(default=DYNAMIC, server_default=DYNAMIC)
    strip_prefix: Mapped[str] = mapped_column(default="", server_default="")
    add_prefix: Mapped[str] = mapped_column(default="", server_default="")
    nat: Mapped[str] = mapped_column(default="force_rport,comedia", server_default="force_rport,comedia")
    codecs: Mapped[str] = mapped_column(default="alaw,ulaw", server_default="alaw,ulaw")
    trunk_id: Mapped[BigInt | None]
    rate_deck_id: Mapped[BigInt | None]
    max_calls: Mapped[int] = mapped_column(default=0, server_default="0")
    enabled: Mapped[bool] = mapped_column(default=True, server_default="true")
