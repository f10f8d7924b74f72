"""What the pages may rely on, wherever updates are found.

A test of it asks for the fixture ``noted``, which notes an update to 1.5.0 from 1.4.2 that has taken
``steps`` (pairs of a step and what came of it, the last one without an end unless it is one), one
minute each, and returns the :class:`~cellhub.updates.keeping.UpdateKeeping` that finds it, and its key.
"""

from __future__ import annotations

BEGUN = [("Preflight", "All is well.")]
GONE_BACK = [
    ("Preflight", "All is well."),
    ("Backup", "Left out, as was wished."),
    ("Migrate", "It does not work."),
    ("RollingBack", "Migrate: It does not work."),
    ("RolledBack", "Migrate: It does not work."),
]
ALL = ["Preflight", "Backup", "Migrate", "Canary", "Roll out", "Verify", "Done"]


class UpdateKeepingContract:
    """Every implementation passes all of these."""

    def test_what_was_begun_is_found_and_is_in_the_list(self, noted):
        keeping, key = noted([("Preflight", "")])
        found = keeping.find(key)
        assert (found.key, found.version, found.from_version) == (key, "1.5.0", "1.4.2")
        assert [one for one in keeping.all() if one.key == key] == [found]

    def test_its_steps_are_those_that_were_taken_and_then_those_to_come(self, noted):
        keeping, key = noted([*BEGUN, ("Backup", "")])
        found = keeping.find(key)
        assert [mark.title for mark in found.marks] == ALL
        assert [mark.word for mark in found.marks] == ["Done", "Running", *["Waiting"] * 5]
        assert (found.word, found.step, found.reason, found.is_over) == ("Running", "Backup", "", False)
        first, second = found.marks[:2]
        assert (first.message, first.finished_at) == ("All is well.", second.started_at)
        assert (second.finished_at, second.runs) == (None, True)

    def test_one_that_went_back_says_why_and_has_nothing_to_come(self, noted):
        keeping, key = noted(GONE_BACK)
        found = keeping.find(key)
        assert [(mark.title, mark.word) for mark in found.marks] == [
            ("Preflight", "Done"),
            ("Backup", "Left out"),
            ("Migrate", "Failed"),
            ("Rolling back", "Done"),
            ("Rolled back", "Rolled back"),
        ]
        assert (found.word, found.reason) == ("Rolled back", "Migrate: It does not work.")
        assert found.finished_at == found.taken[-1].finished_at is not None

    def test_one_that_is_going_back_says_why_already(self, noted):
        keeping, key = noted([*GONE_BACK[:3], ("RollingBack", "")])
        found = keeping.find(key)
        assert (found.word, found.reason) == ("Rolling back", "Migrate: It does not work.")
        assert [mark.word for mark in found.marks[-2:]] == ["Rolling back", "Waiting"]

    def test_what_is_no_key_is_not_found(self, noted):
        keeping, _ = noted(BEGUN)
        for strange in ("0", "x", "..", "elsewhere.to-1.5.0", "cell.", "cell.a/../../x"):
            assert keeping.find(strange) is None, strange
