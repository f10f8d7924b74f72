"""The tenants that the tests of a node share: opening one takes a while, and calls are short."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cellhub.switch.sipp import FarEnd
from tests.cluster.figures import tell
from tests.cluster.voice import API_VERSION, OK, Exchange, Manifest, Office, tenant, trunk


@dataclass(frozen=True)
class Opened:
    """A tenant that takes calls, and the carrier at the other end of its trunk.

    ``registered`` and ``called`` are the seconds from ``kubectl apply`` until its phone was
    registered, and until its first call of half a second was over.
    """

    office: Office
    carrier: FarEnd
    registered: float
    called: float
    told: timedelta
    """How long after its first pod was ready its Tenant said so; later pods come and go while it is."""


class Offices:
    """Opens each tenant when a test first asks for it; carriers end with ``stack``."""

    def __init__(self, exchange: Exchange, stack: ExitStack) -> None:
        self._exchange, self._stack = exchange, stack
        self._opened: dict[str, Opened] = {}

    def ready(self, name: str, **asterisk: Any) -> Opened:
        """The tenant ``name``, its one softswitch ready; ``asterisk`` is about that."""
        if name not in self._opened:
            self._opened[name] = self._open(name, asterisk)
        self._opened[name].office.wait_until_ready()
        return self._opened[name]

    def _open(self, name: str, asterisk: dict[str, Any]) -> Opened:
        exchange, carrier = self._exchange, self._stack.enter_context(self._exchange.far_end())
        began = time.monotonic()
        way_out = trunk(f"{name}-carrier", name, exchange.machine, carrier.port)
        exchange.apply(tenant(name, **asterisk), way_out)
        office = exchange.open(name)
        resources = (f"tenant/{name}", f"trunk/{name}-carrier")
        exchange.kubectl("wait", *resources, "--for=condition=Ready", "--timeout=55s")
        (pod,) = office.pods()
        told = became_ready(
            exchange.installed.api.read(API_VERSION, "Tenant", name, exchange.installed.namespace)
        ) - became_ready(pod)
        assert office.register() == OK
        registered = time.monotonic() - began
        first = office.call(0.5)
        assert first.code == OK, first
        called = time.monotonic() - began
        tell(f"Tenant {name} applied: registered after {registered:.1f} s, called after {called:.1f} s")
        return Opened(office, carrier, registered, called, told)


def became_ready(resource: Manifest) -> datetime:
    """When a resource or a pod that is ready became so, to the second."""
    (ready,) = [one for one in resource["status"]["conditions"] if one["type"] == "Ready"]
    assert ready["status"] == "True"
    return datetime.fromisoformat(ready["lastTransitionTime"])
