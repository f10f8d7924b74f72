"""The backup of an update: a file that can be read, or none."""

from __future__ import annotations

import pytest

from cellhub.updates.saving import NotSaved, save


def test_what_was_saved_lists_every_table_and_nothing_half_is_left(own_database, postgres, tmp_path):
    target = tmp_path / "before.dump"
    entries = save(postgres.placement.programs, postgres.superuser_url(), own_database.name, target)
    assert entries > 100
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_bytes()[:5] == b"PGDMP"


def test_a_database_that_cannot_be_read_leaves_no_backup(postgres, tmp_path):
    with pytest.raises(NotSaved, match="nowhere"):
        save(postgres.placement.programs, postgres.superuser_url(), "nowhere", tmp_path / "before.dump")
    assert list(tmp_path.iterdir()) == []
