"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_failure",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("remote_addr", postgresql.INET(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_login_failure")),
    )
    op.create_index("ix_login_failure_email_hash_at", "login_failure", ["email_hash", "at"], unique=False)
    op.create_index("ix_login_failure_remote_addr_at", "login_failure", ["remote_addr", "at"], unique=False)
    op.create_table(
        "tenant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False, start=1), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sip_domain", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), server_default="USD", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("first_slice", sa.Integer(), server_default="60", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,40}$'", name=op.f("ck_tenant_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
    )
    op.create_table(
        "attempt",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_attempt_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "started_at", "call_id", "position", name=op.f("pk_attempt")),
        postgresql_partition_by="RANGE (started_at)",
    )
    op.create_index(
        op.f("ix_attempt_tenant_id_trunk_started_at"),
        "attempt",
        ["tenant_id", "trunk", "started_at"],
        unique=False,
    )
    op.create_table(
        "audit_entry",
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_audit_entry_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_tenant_id_account_id_id"),
        "audit_entry",
        ["tenant_id", "account_id", "id"],
        unique=False,
    )
    op.create_table(
        "cdr",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("lineage", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("costs", postgresql.ARRAY(sa.Numeric(precision=18, scale=6)), nullable=False),
        sa.Column("sip_user_id", sa.BigInteger(), nullable=False),
        sa.Column("sip_user", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column(
            "disposition",
            sa.Enum(
                "ANSWERED",
                "NO ANSWER",
                "BUSY",
                "FAILED",
                "CONGESTION",
                name="disposition",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("billsec", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("story", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_cdr_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "started_at", "call_id", name=op.f("pk_cdr")),
        postgresql_partition_by="RANGE (started_at)",
    )
    op.create_index(
        op.f("ix_cdr_tenant_id_account_id_started_at"),
        "cdr",
        ["tenant_id", "account_id", "started_at"],
        unique=False,
    )
    op.create_index(op.f("ix_cdr_tenant_id_call_id"), "cdr", ["tenant_id", "call_id"], unique=False)
    op.create_table(
        "heartbeat",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_heartbeat_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "part", "instance", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "plan",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_plan_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_plan")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_plan_tenant_id_name")),
    )
    op.create_table(
        "rate_deck",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "block_rule",
            sa.Enum(
                "after_initial",
                "from_zero",
                name="blockrule",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "rounding",
            sa.Enum(
                "half_up", "up", "down", name="rounding", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("decimals", sa.Integer(), server_default="6", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("decimals BETWEEN 0 AND 6", name=op.f("ck_rate_deck_decimals")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_rate_deck_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rate_deck")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_rate_deck_tenant_id_name")),
    )
    op.create_index(
        "uq_rate_deck_default", "rate_deck", ["tenant_id"], unique=True, postgresql_where="is_default"
    )
    op.create_table(
        "trunk",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), server_default="5060", nullable=False),
        sa.Column("username", sa.Text(), server_default="", nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("register", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("codecs", sa.Text(), server_default="alaw,ulaw", nullable=False),
        sa.Column("max_channels", sa.Integer(), server_default="0", nullable=False),
        sa.Column("strip_prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("add_prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("caller_id", sa.Text(), server_default="", nullable=False),
        sa.Column("ring_seconds", sa.Integer(), server_default="60", nullable=False),
        sa.Column("priority", sa.Integer(), server_default="10", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("registration", sa.Text(), server_default="", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("NOT register OR username <> ''", name=op.f("ck_trunk_register_needs_username")),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name=op.f("ck_trunk_name")),
        sa.CheckConstraint("max_channels >= 0", name=op.f("ck_trunk_max_channels")),
        sa.CheckConstraint("port BETWEEN 1 AND 65535", name=op.f("ck_trunk_port")),
        sa.CheckConstraint("ring_seconds BETWEEN 5 AND 180", name=op.f("ck_trunk_ring_seconds")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_trunk_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_trunk")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_trunk_tenant_id_name")),
    )
    op.create_table(
        "account",
        sa.Column(
            "kind",
            sa.Enum(
                "reseller", "client", name="accountkind", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                "blocked",
                name="accountstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("lineage", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "payment_mode",
            sa.Enum(
                "prepaid",
                "postpaid",
                name="paymentmode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("balance", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("held", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("credit_limit", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("low_credit", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("margin", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("max_calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sip_user_limit", sa.Integer(), server_default="0", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "payment_mode = 'postpaid' OR credit_limit = 0", name=op.f("ck_account_prepaid_has_no_limit")
        ),
        sa.CheckConstraint("credit_limit >= 0", name=op.f("ck_account_credit_limit")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_account_held")),
        sa.CheckConstraint("lineage[array_length(lineage, 1)] = id", name=op.f("ck_account_lineage")),
        sa.CheckConstraint("margin >= 0", name=op.f("ck_account_margin")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_account_tenant_id_parent_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "plan_id"],
            ["plan.tenant_id", "plan.id"],
            name=op.f("fk_account_tenant_id_plan_id_plan"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_account_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account")),
    )
    op.create_index(op.f("ix_account_tenant_id_name"), "account", ["tenant_id", "name"], unique=False)
    op.create_index(
        op.f("ix_account_tenant_id_parent_id"), "account", ["tenant_id", "parent_id"], unique=False
    )
    op.create_table(
        "plan_deck",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("deck_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deck_id"],
            ["rate_deck.tenant_id", "rate_deck.id"],
            name=op.f("fk_plan_deck_tenant_id_deck_id_rate_deck"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "plan_id"],
            ["plan.tenant_id", "plan.id"],
            name=op.f("fk_plan_deck_tenant_id_plan_id_plan"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "plan_id", "deck_id", name=op.f("pk_plan_deck")),
    )
    op.create_table(
        "rate",
        sa.Column("deck_id", sa.BigInteger(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("initial_block", sa.Integer(), server_default="0", nullable=False),
        sa.Column("billing_block", sa.Integer(), server_default="1", nullable=False),
        sa.Column("connect_charge", sa.Numeric(precision=18, scale=6), server_default="0", nullable=False),
        sa.Column("trunk_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("prefix ~ '^[0-9]{1,20}$'", name=op.f("ck_rate_prefix")),
        sa.CheckConstraint("initial_block >= 0 AND billing_block > 0", name=op.f("ck_rate_blocks")),
        sa.CheckConstraint("rate >= 0 AND connect_charge >= 0", name=op.f("ck_rate_price")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deck_id"],
            ["rate_deck.tenant_id", "rate_deck.id"],
            name=op.f("fk_rate_tenant_id_deck_id_rate_deck"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "trunk_id"],
            ["trunk.tenant_id", "trunk.id"],
            name=op.f("fk_rate_tenant_id_trunk_id_trunk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_rate_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_rate")),
        sa.UniqueConstraint("tenant_id", "deck_id", "prefix", name=op.f("uq_rate_tenant_id_deck_id_prefix")),
    )
    op.create_table(
        "call",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "AUTHORISED",
                "ANSWERED",
                "EXTENDED",
                "ENDED",
                "SETTLED",
                "RELEASED",
                "ORPHAN",
                "REVIEW",
                name="callstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pod", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("lineage", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("sip_user_id", sa.BigInteger(), nullable=False),
        sa.Column("sip_user", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), server_default="", nullable=False),
        sa.Column("caller_channel", sa.Text(), server_default="", nullable=False),
        sa.Column("callee_channel", sa.Text(), server_default="", nullable=False),
        sa.Column("paid_seconds", sa.Integer(), nullable=False),
        sa.Column("last_slice", sa.Boolean(), nullable=False),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("story", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.CheckConstraint("call_id ~ '^[0-9a-f]{32}$'", name=op.f("ck_call_call_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_call_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_call_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "call_id", name=op.f("pk_call")),
    )
    op.create_index(
        "ix_call_live",
        "call",
        ["tenant_id", "account_id", "sip_user_id"],
        unique=False,
        postgresql_where="state NOT IN ('SETTLED', 'RELEASED')",
    )
    op.create_index(
        "ix_call_live_pod",
        "call",
        ["tenant_id", "pod"],
        unique=False,
        postgresql_where="state NOT IN ('SETTLED', 'RELEASED')",
    )
    op.create_table(
        "ledger_entry",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "credit",
                "call",
                "adjustment",
                name="entrykind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("balance_after", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_ledger_entry_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_ledger_entry_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint(
            "tenant_id", "account_id", "reason", name=op.f("uq_ledger_entry_tenant_id_account_id_reason")
        ),
    )
    op.create_index(
        op.f("ix_ledger_entry_tenant_id_account_id_id"),
        "ledger_entry",
        ["tenant_id", "account_id", "id"],
        unique=False,
    )
    op.create_table(
        "login",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "superadmin",
                "admin",
                "reseller",
                "client",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_login_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_login_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_login")),
    )
    op.create_index("ix_login_email", "login", [sa.literal_column("lower(email)")], unique=False)
    op.create_index(
        "uq_login_tenant_id_email", "login", ["tenant_id", sa.literal_column("lower(email)")], unique=True
    )
    op.create_table(
        "sip_user",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("digest_md5", sa.Text(), nullable=False),
        sa.Column("digest_sha256", sa.Text(), nullable=False),
        sa.Column("caller_id_name", sa.Text(), server_default="", nullable=False),
        sa.Column("caller_id_number", sa.Text(), server_default="", nullable=False),
        sa.Column("host", sa.Text(), server_default="dynamic", nullable=False),
        sa.Column("strip_prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("add_prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("nat", sa.Text(), server_default="force_rport,comedia", nullable=False),
        sa.Column("codecs", sa.Text(), server_default="alaw,ulaw", nullable=False),
        sa.Column("trunk_id", sa.BigInteger(), nullable=True),
        sa.Column("rate_deck_id", sa.BigInteger(), nullable=True),
        sa.Column("max_calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "username ~ '^[a-z0-9][a-z0-9_-]{1,39}$' AND username !~ '^trunk-'",
            name=op.f("ck_sip_user_username"),
        ),
        sa.CheckConstraint(
            "caller_id_name !~ '[[:cntrl:]\"<>\\\\]'", name=op.f("ck_sip_user_caller_id_name")
        ),
        sa.CheckConstraint(
            "caller_id_number ~ '^[+]?[0-9]{0,20}$'", name=op.f("ck_sip_user_caller_id_number")
        ),
        sa.CheckConstraint(
            "string_to_array(codecs, ',') <@ ARRAY['alaw', 'ulaw', 'g722', 'g729', 'gsm', 'opus'] AND codecs <> ''",
            name=op.f("ck_sip_user_codecs"),
        ),
        sa.CheckConstraint("max_calls >= 0", name=op.f("ck_sip_user_max_calls")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_sip_user_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rate_deck_id"],
            ["rate_deck.tenant_id", "rate_deck.id"],
            name=op.f("fk_sip_user_tenant_id_rate_deck_id_rate_deck"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "trunk_id"],
            ["trunk.tenant_id", "trunk.id"],
            name=op.f("fk_sip_user_tenant_id_trunk_id_trunk"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_sip_user_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sip_user")),
        sa.UniqueConstraint("tenant_id", "username", name=op.f("uq_sip_user_tenant_id_username")),
    )
    op.create_table(
        "call_payer",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("price", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("held", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("cost", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.CheckConstraint("held >= 0", name=op.f("ck_call_payer_held")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_call_payer_tenant_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "call_id"],
            ["call.tenant_id", "call.call_id"],
            name=op.f("fk_call_payer_tenant_id_call_id_call"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "call_id", "position", name=op.f("pk_call_payer")),
    )
    op.create_table(
        "login_ticket",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("login_id", sa.BigInteger(), nullable=False),
        sa.Column("works_in", sa.BigInteger(), nullable=True),
        sa.Column("remote_addr", postgresql.INET(), nullable=True),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "login_id"],
            ["login.tenant_id", "login.id"],
            name=op.f("fk_login_ticket_tenant_id_login_id_login"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "token_hash", name=op.f("pk_login_ticket")),
    )
    op.create_index("ix_login_ticket_login", "login_ticket", ["tenant_id", "login_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_login_ticket_login", table_name="login_ticket")
    op.drop_table("login_ticket")
    op.drop_table("call_payer")
    op.drop_table("sip_user")
    op.drop_index("uq_login_tenant_id_email", table_name="login")
    op.drop_index("ix_login_email", table_name="login")
    op.drop_table("login")
    op.drop_index(op.f("ix_ledger_entry_tenant_id_account_id_id"), table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_index(
        "ix_call_live_pod", table_name="call", postgresql_where="state NOT IN ('SETTLED', 'RELEASED')"
    )
    op.drop_index("ix_call_live", table_name="call", postgresql_where="state NOT IN ('SETTLED', 'RELEASED')")
    op.drop_table("call")
    op.drop_table("rate")
    op.drop_table("plan_deck")
    op.drop_index(op.f("ix_account_tenant_id_parent_id"), table_name="account")
    op.drop_index(op.f("ix_account_tenant_id_name"), table_name="account")
    op.drop_table("account")
    op.drop_table("trunk")
    op.drop_index("uq_rate_deck_default", table_name="rate_deck", postgresql_where="is_default")
    op.drop_table("rate_deck")
    op.drop_table("plan")
    op.drop_table("heartbeat")
    op.drop_index(op.f("ix_cdr_tenant_id_call_id"), table_name="cdr")
    op.drop_index(op.f("ix_cdr_tenant_id_account_id_started_at"), table_name="cdr")
    op.drop_table("cdr")
    op.drop_index(op.f("ix_audit_entry_tenant_id_account_id_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_attempt_tenant_id_trunk_started_at"), table_name="attempt")
    op.drop_table("attempt")
    op.drop_table("tenant")
    op.drop_index("ix_login_failure_remote_addr_at", table_name="login_failure")
    op.drop_index("ix_login_failure_email_hash_at", table_name="login_failure")
    op.drop_table("login_failure")
