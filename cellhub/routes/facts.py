"""What a list of trunks says beyond the trunks: registration, calls now, calls of today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellhub.calls.models import Call, Cdr, Disposition
from cellhub.domain.settlement import FINAL
from cellhub.routes.models import Trunk

QUARTER = dt.timedelta(minutes=15)
REGISTERED = "registered"


@dataclass(frozen=True, slots=True)
class TrunkFacts:
    """Calls of a trunk: running, of today, and of the last quarter of an hour."""

    channels: int = 0
    today: int = 0
    recent: int = 0
    recent_answered: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """The same over all trunks; ``cap`` is 0 when one of them has none."""

    trunks: int
    channels: int
    cap: int
    today: int
    recent: int
    recent_answered: int


def register_word(trunk: Trunk) -> str:
    """The manual's Register badge: OK or NO, IP without registration, Disabled when inactive."""
    if not trunk.active:
        return "Disabled"
    if not trunk.register:
        return "IP"
    return "OK" if trunk.registration.lower() == REGISTERED else "NO"


def trunk_facts(session: Session, tenant_id: int, zone: str, now: dt.datetime) -> dict[str, TrunkFacts]:
    """The calls of each trunk of a tenant, by the trunk's name; today is the reader's."""
    channels = _channels(session, tenant_id)
    ended = _ended(session, tenant_id, _midnight(now, zone), now - QUARTER)
    names = channels.keys() | ended.keys()
    return {name: TrunkFacts(channels.get(name, 0), *ended.get(name, (0, 0, 0))) for name in names}


def _channels(session: Session, tenant_id: int) -> dict[str, int]:
    live = (
        select(Call.trunk, func.count())
        .where(Call.tenant_id == tenant_id, Call.state.not_in(FINAL), Call.trunk != "")
        .group_by(Call.trunk)
    )
    return {row[0]: row[1] for row in session.execute(live)}


def _ended(
    session: Session, tenant_id: int, midnight: dt.datetime, recently: dt.datetime
) -> dict[str, tuple[int, int, int]]:
    recent = Cdr.started_at >= recently
    counted = (
        select(
            Cdr.trunk,
            func.count().filter(Cdr.started_at >= midnight),
            func.count().filter(recent),
            func.count().filter(recent, Cdr.disposition == Disposition.ANSWERED),
        )
        .where(
            Cdr.tenant_id == tenant_id,
            Cdr.started_at >= min(midnight, recently),
            Cdr.trunk != "",
        )
        .group_by(Cdr.trunk)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(counted)}


def _midnight(now: dt.datetime, zone: str) -> dt.datetime:
    return dt.datetime.combine(now.astimezone(ZoneInfo(zone)).date(), dt.time.min, ZoneInfo(zone))


def totals(trunks: Iterable[Trunk], facts: dict[str, TrunkFacts]) -> Totals:
    """Add the trunks up."""
    rows = [(trunk, facts.get(trunk.name, TrunkFacts())) for trunk in trunks]
    caps = [trunk.max_channels for trunk, _ in rows]
    return Totals(
        len(rows),
        sum(one.channels for _, one in rows),
        sum(caps) if all(caps) else 0,
        sum(one.today for _, one in rows),
        sum(one.recent for _, one in rows),
        sum(one.recent_answered for _, one in rows),
    )
