"""What the whole charging engine stands on: rates in windows, custom rates, offers, groups, providers,
limits, lists, the brake on fraud, and what calls have cost of late.

An import of rates by the code of before fails until that code is gone: the prefix alone is no
longer unique in a deck. Calls go on.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from cellhub.db.fences import EVERYTHING, GROWS, OWN_ACCOUNTS, OWN_SIP_USERS, TENANT_ONLY, fence

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# table: (what an account-wide scope reads, what it writes, rights of both roles)
FENCES = {
    "account_group": ("id IN (SELECT group_id FROM account)", TENANT_ONLY, EVERYTHING),
    "caller_number": (OWN_ACCOUNTS, OWN_ACCOUNTS, EVERYTHING),
    "custom_rate": (OWN_ACCOUNTS, TENANT_ONLY, EVERYTHING),
    "fraud_profile": (OWN_ACCOUNTS, TENANT_ONLY, EVERYTHING),
    "account_freeze": (OWN_ACCOUNTS, TENANT_ONLY, EVERYTHING),
    "holiday": (TENANT_ONLY, TENANT_ONLY, EVERYTHING),
    "known_country": (OWN_ACCOUNTS, TENANT_ONLY, EVERYTHING),
    "offer": (OWN_ACCOUNTS, TENANT_ONLY, EVERYTHING),
    "provider": (TENANT_ONLY, TENANT_ONLY, EVERYTHING),
    "provider_charge": (TENANT_ONLY, TENANT_ONLY, EVERYTHING),
    "provider_entry": (TENANT_ONLY, TENANT_ONLY, GROWS),
    "restricted_number": (OWN_SIP_USERS, OWN_SIP_USERS, EVERYTHING),
    "spending": (OWN_ACCOUNTS, TENANT_ONLY, EVERYTHING),
    "trunk_group": (TENANT_ONLY, TENANT_ONLY, EVERYTHING),
    "trunk_group_trunk": (TENANT_ONLY, TENANT_ONLY, EVERYTHING),
}


def upgrade() -> None:
    make_tables()
    widen_tables()
    for table, terms in FENCES.items():
        for statement in fence(table, *terms):
            op.execute(statement)
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO cellhub_app, cellhub_platform")
    op.execute("GRANT UPDATE (invoice_id) ON cdr TO cellhub_app, cellhub_platform")


def make_tables() -> None:
    op.create_table(
        "account_group",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "balance", "quota", name="groupkind", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("purse_id", sa.BigInteger(), nullable=True),
        sa.Column("quota", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind <> 'balance' OR purse_id IS NOT NULL", name=op.f("ck_account_group_balance_has_purse")
        ),
        sa.CheckConstraint("quota >= 0", name=op.f("ck_account_group_quota")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purse_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_account_group_tenant_id_purse_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_account_group_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account_group")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_account_group_tenant_id_name")),
    )
    op.create_table(
        "holiday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_holiday_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_holiday")),
        sa.UniqueConstraint("tenant_id", "day", name=op.f("uq_holiday_tenant_id_day")),
    )
    op.create_table(
        "trunk_group",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "strategy",
            sa.Enum(
                "priority",
                "cheapest",
                "weight",
                "random",
                name="strategy",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("failover_codes", sa.Text(), server_default="", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "failover_codes ~ '^([1-6][0-9.]{2}(,[1-6][0-9.]{2})*)?$'",
            name=op.f("ck_trunk_group_failover_codes"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_trunk_group_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_trunk_group")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_trunk_group_tenant_id_name")),
    )
    op.create_table(
        "provider",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("deck_id", sa.BigInteger(), nullable=True),
        sa.Column("balance", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deck_id"],
            ["rate_deck.tenant_id", "rate_deck.id"],
            name=op.f("fk_provider_tenant_id_deck_id_rate_deck"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_provider_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_provider")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_provider_tenant_id_name")),
    )
    op.create_table(
        "trunk_group_trunk",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("trunk_id", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="10", nullable=False),
        sa.Column("weight", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_trunk_group_trunk_weight")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["trunk_group.tenant_id", "trunk_group.id"],
            name=op.f("fk_trunk_group_trunk_tenant_id_group_id_trunk_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "trunk_id"],
            ["trunk.tenant_id", "trunk.id"],
            name=op.f("fk_trunk_group_trunk_tenant_id_trunk_id_trunk"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "group_id", "trunk_id", name=op.f("pk_trunk_group_trunk")),
    )
    op.create_table(
        "caller_number",
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("white", "black", name="listkind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("number ~ '^[0-9]{1,20}$'", name=op.f("ck_caller_number_number")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_caller_number_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_caller_number_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_caller_number")),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            "number",
            name=op.f("uq_caller_number_tenant_id_account_id_number"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "custom_rate",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("initial_block", sa.Integer(), server_default="0", nullable=False),
        sa.Column("billing_block", sa.Integer(), server_default="1", nullable=False),
        sa.Column("connect_charge", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("minimum_seconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name=op.f("ck_custom_rate_prefix")),
        sa.CheckConstraint(
            "initial_block >= 0 AND billing_block > 0 AND minimum_seconds >= 0",
            name=op.f("ck_custom_rate_blocks"),
        ),
        sa.CheckConstraint("rate >= 0 AND connect_charge >= 0", name=op.f("ck_custom_rate_price")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_custom_rate_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_custom_rate_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_rate")),
        sa.UniqueConstraint(
            "tenant_id", "account_id", "prefix", name=op.f("uq_custom_rate_tenant_id_account_id_prefix")
        ),
    )
    op.create_table(
        "fraud_profile",
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("calls_per_minute", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hourly_destinations", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hourly_spend", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("night_spend", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("night_from", sa.Integer(), server_default="0", nullable=False),
        sa.Column("night_until", sa.Integer(), server_default="0", nullable=False),
        sa.Column("new_country", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("premium_prefixes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "notify",
                "block",
                "hang_up",
                name="brakeaction",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default="block",
            nullable=False,
        ),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "night_from BETWEEN 0 AND 1439 AND night_until BETWEEN 0 AND 1439",
            name=op.f("ck_fraud_profile_night"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_fraud_profile_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_fraud_profile_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_fraud_profile")),
        sa.UniqueConstraint(
            "tenant_id",
            "account_id",
            name=op.f("uq_fraud_profile_tenant_id_account_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "account_freeze",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("thawed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thawed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_account_freeze_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_account_freeze_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account_freeze")),
    )
    op.create_index(
        "uq_account_freeze_standing",
        "account_freeze",
        ["tenant_id", "account_id"],
        unique=True,
        postgresql_where="thawed_at IS NULL",
    )
    op.create_table(
        "known_country",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("first_called_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_known_country_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_known_country_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "code", name=op.f("pk_known_country")),
    )
    op.create_table(
        "offer",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name=op.f("ck_offer_prefix")),
        sa.CheckConstraint("days > 0 AND starts_at < expires_at", name=op.f("ck_offer_days")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_offer_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_offer_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_offer")),
    )
    op.create_index(
        op.f("ix_offer_tenant_id_account_id_expires_at"),
        "offer",
        ["tenant_id", "account_id", "expires_at"],
        unique=False,
    )
    op.create_table(
        "provider_charge",
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["provider.tenant_id", "provider.id"],
            name=op.f("fk_provider_charge_tenant_id_provider_id_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_provider_charge_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_provider_charge")),
        sa.UniqueConstraint("tenant_id", "call_id", name=op.f("uq_provider_charge_tenant_id_call_id")),
    )
    op.create_table(
        "provider_entry",
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "credit",
                "calls",
                name="providerentrykind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("balance_after", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["provider.tenant_id", "provider.id"],
            name=op.f("fk_provider_entry_tenant_id_provider_id_provider"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_provider_entry_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_provider_entry")),
    )
    op.create_table(
        "spending",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_spending_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_spending_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "starts_at", name=op.f("pk_spending")),
    )
    op.create_table(
        "restricted_number",
        sa.Column("sip_user_id", sa.BigInteger(), nullable=True),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name=op.f("ck_restricted_number_prefix")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sip_user_id"],
            ["sip_user.tenant_id", "sip_user.id"],
            name=op.f("fk_restricted_number_tenant_id_sip_user_id_sip_user"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_restricted_number_tenant_id_tenant")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_restricted_number")),
        sa.UniqueConstraint(
            "tenant_id",
            "sip_user_id",
            "prefix",
            name=op.f("uq_restricted_number_tenant_id_sip_user_id_prefix"),
            postgresql_nulls_not_distinct=True,
        ),
    )


def widen_tables() -> None:
    op.add_column("account", sa.Column("calls_per_second", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "account",
        sa.Column("spend_cap", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
    )
    op.add_column("account", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("sell_deck_id", sa.BigInteger(), nullable=True))
    op.add_column("account", sa.Column("group_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_account_tenant_id_group_id_account_group"),
        "account",
        "account_group",
        ["tenant_id", "group_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_account_tenant_id_sell_deck_id_rate_deck"),
        "account",
        "rate_deck",
        ["tenant_id", "sell_deck_id"],
        ["tenant_id", "id"],
    )
    op.add_column("attempt", sa.Column("cause", sa.Integer(), nullable=True))
    op.add_column("attempt", sa.Column("delay", sa.Numeric(precision=8, scale=3), nullable=True))
    op.add_column("call", sa.Column("offer_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "call",
        sa.Column("buys", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    )
    op.create_index(
        op.f("ix_call_authorised_at_tenant_id"), "call", ["authorised_at", "tenant_id"], unique=False
    )
    op.add_column("cdr", sa.Column("offer_id", sa.BigInteger(), nullable=True))
    op.add_column("cdr", sa.Column("provider", sa.Text(), server_default="", nullable=False))
    op.add_column("cdr", sa.Column("buy_cost", sa.Numeric(precision=18, scale=6), nullable=True))
    op.add_column("cdr", sa.Column("invoice_id", sa.BigInteger(), nullable=True))
    op.add_column("plan", sa.Column("allow_loss", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("rate", sa.Column("minimum_seconds", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rate", sa.Column("effective_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rate", sa.Column("effective_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("rate", sa.Column("weekdays", sa.Integer(), server_default="127", nullable=False))
    op.add_column("rate", sa.Column("from_minute", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rate", sa.Column("until_minute", sa.Integer(), server_default="1440", nullable=False))
    op.add_column(
        "rate",
        sa.Column(
            "holidays",
            sa.Enum(
                "any", "only", "never", name="holidays", native_enum=False, create_constraint=True, length=20
            ),
            server_default="any",
            nullable=False,
        ),
    )
    op.drop_constraint(op.f("uq_rate_tenant_id_deck_id_prefix"), "rate", type_="unique")
    op.create_unique_constraint(
        "uq_rate_window",
        "rate",
        [
            "tenant_id",
            "deck_id",
            "prefix",
            "effective_from",
            "effective_until",
            "weekdays",
            "from_minute",
            "until_minute",
            "holidays",
        ],
        postgresql_nulls_not_distinct=True,
    )
    op.add_column(
        "sip_user",
        sa.Column(
            "caller_id_rule",
            sa.Enum(
                "own",
                "list",
                "pool",
                "forward",
                name="calleridrule",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default="own",
            nullable=False,
        ),
    )
    op.add_column(
        "sip_user",
        sa.Column("caller_numbers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("sip_user", sa.Column("allow_list", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("sip_user", sa.Column("trunk_group_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_sip_user_tenant_id_trunk_group_id_trunk_group"),
        "sip_user",
        "trunk_group",
        ["tenant_id", "trunk_group_id"],
        ["tenant_id", "id"],
    )
    op.add_column("tenant", sa.Column("max_calls", sa.Integer(), server_default="0", nullable=False))
    op.add_column("tenant", sa.Column("calls_per_second", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "tenant",
        sa.Column("emergency_numbers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("trunk", sa.Column("calls_per_second", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    narrow_tables()
    drop_tables()


def narrow_tables() -> None:
    op.drop_column("trunk", "calls_per_second")
    op.drop_column("tenant", "emergency_numbers")
    op.drop_column("tenant", "calls_per_second")
    op.drop_column("tenant", "max_calls")
    op.drop_constraint(
        op.f("fk_sip_user_tenant_id_trunk_group_id_trunk_group"), "sip_user", type_="foreignkey"
    )
    op.drop_column("sip_user", "trunk_group_id")
    op.drop_column("sip_user", "allow_list")
    op.drop_column("sip_user", "caller_numbers")
    op.drop_column("sip_user", "caller_id_rule")
    op.drop_constraint("uq_rate_window", "rate", type_="unique")
    op.create_unique_constraint(
        op.f("uq_rate_tenant_id_deck_id_prefix"),
        "rate",
        ["tenant_id", "deck_id", "prefix"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("rate", "holidays")
    op.drop_column("rate", "until_minute")
    op.drop_column("rate", "from_minute")
    op.drop_column("rate", "weekdays")
    op.drop_column("rate", "effective_until")
    op.drop_column("rate", "effective_from")
    op.drop_column("rate", "minimum_seconds")
    op.drop_column("plan", "allow_loss")
    op.drop_column("cdr", "invoice_id")
    op.drop_column("cdr", "buy_cost")
    op.drop_column("cdr", "provider")
    op.drop_column("cdr", "offer_id")
    op.drop_index(op.f("ix_call_authorised_at_tenant_id"), table_name="call")
    op.drop_column("call", "buys")
    op.drop_column("call", "offer_id")
    op.drop_column("attempt", "delay")
    op.drop_column("attempt", "cause")
    op.drop_constraint(op.f("fk_account_tenant_id_sell_deck_id_rate_deck"), "account", type_="foreignkey")
    op.drop_constraint(op.f("fk_account_tenant_id_group_id_account_group"), "account", type_="foreignkey")
    op.drop_column("account", "group_id")
    op.drop_column("account", "sell_deck_id")
    op.drop_column("account", "expires_at")
    op.drop_column("account", "spend_cap")
    op.drop_column("account", "calls_per_second")


def drop_tables() -> None:
    op.drop_table("restricted_number")
    op.drop_table("spending")
    op.drop_table("provider_entry")
    op.drop_table("provider_charge")
    op.drop_index(op.f("ix_offer_tenant_id_account_id_expires_at"), table_name="offer")
    op.drop_table("offer")
    op.drop_table("known_country")
    op.drop_index(
        "uq_account_freeze_standing", table_name="account_freeze", postgresql_where="thawed_at IS NULL"
    )
    op.drop_table("account_freeze")
    op.drop_table("fraud_profile")
    op.drop_table("custom_rate")
    op.drop_table("caller_number")
    op.drop_table("trunk_group_trunk")
    op.drop_table("provider")
    op.drop_table("trunk_group")
    op.drop_table("holiday")
    op.drop_table("account_group")
