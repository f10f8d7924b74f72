"""Fixtures that every tier may use; each is defined in ``tests/fixtures``."""

import pytest

# What our helpers assert is told with its values, too.
pytest.register_assert_rewrite("tests.cluster")

pytest_plugins = [
    "tests.fixtures.tiers",
    "tests.fixtures.chance",
    "tests.fixtures.installation",
    "tests.fixtures.database",
    "tests.fixtures.machine",
    "tests.fixtures.switch",
    "tests.fixtures.portal",
    "tests.fixtures.shop",
    "tests.fixtures.pod",
]
