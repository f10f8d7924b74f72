"""While pods start a Tenant is looked at often, and cheaply: nobody tells when they are ready."""

from __future__ import annotations

import pytest
from cellhub_operator.handlers import _starts
from cellhub_operator.keeper import Keeper
from cellhub_operator.reconcile.context import Database
from sqlalchemy import make_url

from tests.factories.resources import AGENT_URL, RELEASE, tenant


class Pods:
    """A cluster of which nothing but the pods may be asked."""

    def __init__(self, *ready: bool) -> None:
        self._ready = ready

    def pods(self, _):
        return tuple(pod(one) for one in self._ready)


def pod(ready):
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    labels = {"app.kubernetes.io/component": "switch"}
    return {"metadata": {"labels": labels}, "status": {"conditions": conditions}}


@pytest.mark.parametrize(
    ("told", "ready", "changed"),
    [
        (None, (False,), False),
        (None, (True,), True),
        (1, (True, False), False),
        (1, (True, True), True),
        (2, (True, False), True),
    ],
)
def test_only_another_number_of_ready_pods_is_worth_a_whole_look(told, ready, changed):
    keeper = Keeper(Pods(*ready), None, RELEASE, Database(make_url(AGENT_URL)))
    status = {} if told is None else {"readyPods": told}
    assert keeper.pods_changed(tenant() | {"status": status}) is changed


@pytest.mark.parametrize(
    ("status", "reason", "starts"),
    [("True", "PodsStart", True), ("False", "AsWanted", False), ("True", "Reconciling", False)],
)
def test_a_tenant_starts_as_long_as_its_status_waits_for_pods(status, reason, starts):
    conditions = [
        {"type": "Degraded", "status": "False", "reason": "AsWanted"},
        {"type": "Progressing", "status": status, "reason": reason},
    ]
    assert _starts(status={"conditions": conditions}) is starts


def test_a_tenant_that_has_no_status_yet_is_not_waited_for():
    assert _starts(status={}) is False
