"""Updates on a node, as whoever applies them sees them: brought about, told, and given back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from cellhub_operator.objects.marker import NOTE

from cellhub.calls.models import Cdr, Disposition
from cellhub.domain.updates import ENDS
from cellhub.switch.sipp import CallOutcome
from tests.cluster.releases import Release
from tests.cluster.traffic import Traffic
from tests.cluster.voice import Exchange, Manifest, Office, cost_of
from tests.fixtures.switch import wait_for

AN_UPDATE = 400.0
BACK = 120.0
SETTLED = 60.0
EVIDENCE, BUSY = Decimal("0.25"), Decimal("0.5")
"""Seconds by which phones may be wrong about a call; where fifty run on two processors they wait for them."""


def updated(
    exchange: Exchange,
    release: Release,
    name: str,
    on_step: Callable[[str], None] = lambda step: None,
    **spec: Any,
) -> Manifest:
    """Apply an Update, wait for its end, and print what it did; ``on_step`` is told each new step."""
    exchange.apply(*release.resources(name, **spec))
    seen: list[str] = []

    def ended() -> bool:
        step = status(exchange, name).get("step")
        if step and step not in seen:
            seen.append(step)
            on_step(step)
        return step in ENDS

    wait_for(ended, f"{name} has an end", AN_UPDATE)
    told = status(exchange, name)
    for step in told["steps"]:
        print(f"  {step['name']:<12} {_lasted(step):5.0f} s  {step.get('message', '')}")
    return told


def status(exchange: Exchange, name: str) -> Manifest:
    """What an Update tells."""
    found = json.loads(exchange.kubectl("get", f"update/{name}", "--output=json"))
    told: Manifest = found.get("status") or {}
    return told


def _lasted(step: Manifest) -> float:
    began, ended = (dt.datetime.fromisoformat(step[name]) for name in ("startedAt", "finishedAt"))
    return (ended - began).total_seconds()


def condition(told: Manifest, aspect: str) -> tuple[str, str]:
    """Whether a condition holds, and its sentence."""
    return next((one["status"], one["message"]) for one in told["conditions"] if one["type"] == aspect)


def images(office: Office) -> set[str]:
    """What the pods of a tenant run."""
    return {one["image"] for pod in office.pods() for one in pod["spec"]["containers"]}


def scale(office: Office, pods: int) -> None:
    """Give a tenant so many softswitches."""
    change = {"spec": {"asterisk": {"replicas": pods}}}
    patch = f"--patch={json.dumps(change)}"
    office.exchange.kubectl("patch", f"tenant/{office.name}", "--type=merge", patch)
    office.wait_until_ready(pods, BACK)


def give_back(former: list[tuple[Office, set[str], int]]) -> None:
    """Let tenants run the chart's images again in so many pods, whatever was brought to them."""
    for office, _, _ in former:
        office.exchange.kubectl("delete", "updates", "--all", "--timeout=120s")
        office.exchange.kubectl("annotate", f"tenant/{office.name}", f"{NOTE}-")
    for office, charts, pods in former:
        back = partial(_runs, office, charts)
        wait_for(back, f"{office.name} runs the chart's release", BACK)
        office.wait_until_ready(pods, BACK)


def _runs(office: Office, charts: set[str]) -> bool:
    return images(office) == charts


def _answered(office: Office, since: int) -> list[Cdr]:
    return [record for record in office.records(since) if record.disposition == Disposition.ANSWERED]


def check(calls: Traffic, before: int, evidence: Decimal = EVIDENCE) -> None:
    """Every call ended by itself and is charged once, to the second."""
    print(f"  {calls.office.name}: {len(calls.answered())} calls, {len(calls.dropped())} dropped,", end=" ")
    print(f"at most {calls.most()} at a time, refused: {calls.refused()}")
    assert calls.dropped() == []
    check_charges(calls.office, before, [outcome for _, outcome in calls.answered()], evidence)


def check_charges(
    office: Office, before: int, outcomes: list[CallOutcome], evidence: Decimal = EVIDENCE
) -> list[Cdr]:
    """Each of the calls since ``before`` is charged once, as long as its phone talked; their records.

    One that came just before its softswitch took no more has a record, too: that it was refused, for nothing.
    """
    answered = partial(_answered, office, before)
    wait_for(lambda: len(answered()) >= len(outcomes), f"{len(outcomes)} records", SETTLED)
    records = answered()
    assert len(records) == len(outcomes)
    told = sorted(Decimal(str(outcome.talk_seconds)) for outcome in outcomes)
    charged = sorted(record.billsec for record in records)
    pairs = list(zip(charged, told, strict=True))
    print(f"  {office.name}: charged to {max((abs(a - b) for a, b in pairs), default=0)} s")
    assert [pair for pair in pairs if abs(pair[0] - pair[1]) > evidence] == []
    ours = {record.call_id for record in office.records()[:before]}
    entries = [one for one in office.entries() if one[0] not in ours]
    assert sorted(entries) == sorted((record.call_id, cost_of(record)) for record in records)
    assert "BROKEN" not in office.exchange.doctor()
    return records
