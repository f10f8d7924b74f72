"""The declarative base, the naming convention and the column types that rooms share."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    Numeric,
    Text,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Names are the same in every database, so a migration can drop what another one made.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Money = Annotated[Decimal, mapped_column(Numeric(18, 6))]
Moment = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
BigInt = Annotated[int, mapped_column(BigInteger)]

# An enum is stored as its word under a check, so that a new member is an easy migration.
WORD = Enum(
    StrEnum,
    native_enum=False,
    create_constraint=True,
    length=20,
    values_callable=lambda members: [member.value for member in members],
)


class Base(DeclarativeBase):
    """Base of all models."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, StrEnum: WORD}  # noqa: RUF012  SQLAlchemy reads it from the class


class TenantOwned:
    """A row of a tenant: ``tenant_id`` leads its key."""

    tenant_id: Mapped[BigInt] = mapped_column(primary_key=True)
    id: Mapped[BigInt] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[Moment] = mapped_column(server_default=func.now())


def tenant_fk() -> ForeignKeyConstraint:
    """Tie the row to its tenant; not so the rows that each call writes.

    PostgreSQL locks the row that a foreign key names, and all calls of a tenant would meet there.
    """
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"])


def within_tenant(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """Tie ``column`` to a row of ``table`` in the same tenant."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], **options)
