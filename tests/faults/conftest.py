"""The fault tests place calls as the call tests do, with clients and phones of their own."""

from __future__ import annotations

from tests.calls.conftest import far_ends, plan_id, subscribe  # noqa: F401  fixtures
