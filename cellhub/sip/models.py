"""SIP users, and the contacts that Asterisk keeps of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from cellhub.db.base import Base, BigInt, TenantOwned, tenant_fk, within_tenant
from cellhub.domain.callerid import CallerIdRule, ListKind

DYNAMIC = "dynamic"
"""The host of a phone that registers; any other host is a fixed IP address."""


class SipUser(TenantOwned, Base):
    """An account that registers to Asterisk and places calls, owned by a customer.

    The secret is kept only as the digests that SIP needs. A limit of 0 means none. With
    ``allow_list`` its restricted numbers are the only ones that it may call.
    """

    __tablename__ = "sip_user"
    __table_args__ = (
        tenant_fk(),
        within_tenant("account_id", "account"),
        within_tenant("trunk_id", "trunk"),
        within_tenant("trunk_group_id", "trunk_group"),
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
    caller_id_rule: Mapped[CallerIdRule] = mapped_column(
        default=CallerIdRule.OWN, server_default=CallerIdRule.OWN
    )
    caller_numbers: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    allow_list: Mapped[bool] = mapped_column(default=False, server_default="false")
    trunk_id: Mapped[BigInt | None]
    trunk_group_id: Mapped[BigInt | None]
    rate_deck_id: Mapped[BigInt | None]
    max_calls: Mapped[int] = mapped_column(default=0, server_default="0")
    enabled: Mapped[bool] = mapped_column(default=True, server_default="true")


class RestrictedNumber(TenantOwned, Base):
    """A prefix that must not be called: by one SIP user, or by nobody of the tenant."""

    __tablename__ = "restricted_number"
    __table_args__ = (
        tenant_fk(),
        within_tenant("sip_user_id", "sip_user", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "sip_user_id", "prefix", postgresql_nulls_not_distinct=True),
        CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name="prefix"),
    )

    sip_user_id: Mapped[BigInt | None]
    prefix: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")


class CallerNumber(TenantOwned, Base):
    """A caller's number on the white or the black list: of one account, or of the whole tenant."""

    __tablename__ = "caller_number"
    __table_args__ = (
        tenant_fk(),
        within_tenant("account_id", "account"),
        UniqueConstraint("tenant_id", "account_id", "number", postgresql_nulls_not_distinct=True),
        CheckConstraint("number ~ '^[0-9]{1,20}$'", name="number"),
    )

    account_id: Mapped[BigInt | None]
    kind: Mapped[ListKind]
    number: Mapped[str]
