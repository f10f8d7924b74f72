"""Values from which the tests of this folder render."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cellhub.switch.render import Odbc, SwitchConfig

FAILOVER = "^(401|403|407|408|5..)$"


@pytest.fixture
def configured() -> Callable[..., SwitchConfig]:
    """Build a configuration that is right but for what the test changes."""

    def build(**changes: Any) -> SwitchConfig:
        odbc = Odbc("127.0.0.1", 54329, "cellhub", "cellhub_switch", "odbc-secret")
        values = {
            "pod": "pod-1",
            "odbc": odbc,
            "ami_secret": "ami-secret-of-16",
            "failover_pattern": FAILOVER,
        }
        return SwitchConfig(**(values | changes))

    return build
