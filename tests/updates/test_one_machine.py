"""`cellhub update` on a real machine with calls: brought, killed and gone on with, and gone back.

In this order: what fails leaves the release as it was, and the last test brings another one.
"""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from cellhub.local import testcall
from cellhub.local.testcall import Order
from tests.fixtures.releasing import edit, migration, set_up
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.timeout(600)
HEAD, NEXT = "0019", "9001"
CANARY = ("--canary-seconds", "12")
ROLLED_BACK = ["RollingBack", "RolledBack"]


def place(owned, **order):
    return testcall.place(owned.installation, Order(**order))


def check_serves(owned, version):
    """Everything runs, all of one release, and a call is carried and charged."""
    assert owned.troubles() == []
    assert owned.runs == {version}
    placed = place(owned, seconds=1)
    assert placed.as_told
    assert [len(bill.entries) for bill in placed.bills] == [2]


def test_an_older_release_is_refused_and_nothing_begins(owned, maker):
    release = maker.make("0.0.9", (HEAD, HEAD))
    code, said = owned.updated(release.manifest, "--yes")
    assert (code, "0.0.9" in said, owned.updated("status")) == (
        2,
        True,
        (0, "This installation was never updated.\n"),
    )


def test_one_that_the_portal_begins_is_driven_and_a_migration_that_raises_leaves_no_trace(owned, maker):
    bad = migration("9000", HEAD, 'op.execute("CREATE TABLE half (); SELECT 1 / 0")')
    release = maker.make("0.3.0", (HEAD, "9000"), bad)
    set_up(release, owned.installation.home)
    owned.wish(release)
    wait_for(lambda: owned.last.is_over, "the update has ended", 120)
    assert owned.last.word == "Rolled back"
    assert owned.last.reason.startswith("Migrate: ")
    assert "division by zero" in owned.last.reason
    assert owned.steps == ["Preflight", "Backup", "Migrate", *ROLLED_BACK]
    assert owned.revision == HEAD
    assert list((owned.installation.home / "backups").glob("before-0.3.0-*.dump"))
    check_serves(owned, "")


def test_a_part_that_does_not_start_goes_back_with_all_others(owned, maker):
    def break_the_worker(source):
        edit(
            source / "cellhub/cli/worker.py",
            "    load()",
            '    raise SystemExit("no worker today")\n    load()',
        )

    release = maker.make("0.3.1", (HEAD, HEAD), break_the_worker)
    set_up(release, owned.installation.home)
    code, said = owned.updated(release.manifest, "--yes", *CANARY)
    assert code == 1
    assert "RollOut: worker: " in said
    assert "no worker today" in said
    assert owned.steps == ["Preflight", "Backup", "Migrate", "Canary", "RollOut", *ROLLED_BACK]
    check_serves(owned, "")


def test_a_canary_that_leaves_calls_without_an_answer_goes_back(owned, maker):
    def forget_all_entries(source):
        edit(
            source / "agi/cellhub_agi/server.py",
            "            entry(session)",
            '            raise KeyError("x")',
        )

    release = maker.make("0.3.2", (HEAD, HEAD), forget_all_entries)
    set_up(release, owned.installation.home)
    with ThreadPoolExecutor() as pool:
        updating = pool.submit(owned.updated, release.manifest, "--yes", "--canary-seconds", "60")
        refused = 0
        while not updating.done():
            placed = place(owned, seconds=1)
            refused += not placed.as_told
        code, said = updating.result()
    assert (code, refused >= 3) == (1, True)
    assert "Canary: The agent of 0.3.2: " in said
    assert "calls got no answer from it" in said
    assert owned.steps == ["Preflight", "Backup", "Migrate", "Canary", *ROLLED_BACK]
    check_serves(owned, "")


def test_one_that_is_taken_back_in_its_canary_leaves_the_former_release(owned, maker):
    release = maker.make("0.3.3", (HEAD, HEAD))
    set_up(release, owned.installation.home)
    begun = owned.update(release.manifest, "--yes", "--canary-seconds", "600")
    assert any("to be proven" in line for line in begun.stdout)
    code, told = owned.updated("back")
    begun.communicate(timeout=60)
    assert (code, begun.returncode) == (1, 1)
    assert "CellHub runs its former release again. Canary: It was taken back." in told
    check_serves(owned, "")


def test_a_release_is_brought_though_the_machine_is_switched_off_in_three_of_its_steps(owned, maker):
    release = maker.make("0.1.5", (HEAD, HEAD))
    set_up(release, owned.installation.home)
    owned.wish(release)
    for step in ("Backup", "Canary", "RollOut"):
        wait_for(lambda step=step: step in owned.steps, f"it is in {step}", 120)
        assert not owned.last.is_over
        owned.switch_off()
        owned.start()
    wait_for(lambda: owned.last.is_over, "the update has ended", 120)
    assert owned.last.word == "Done"
    assert owned.steps == ["Preflight", "Backup", "Migrate", "Canary", "RollOut", "Verify", "Done"]
    check_serves(owned, "0.1.5")


def test_a_release_is_brought_under_a_running_call_though_who_brings_it_is_killed(owned, maker):
    release = maker.make("0.2.0", (HEAD, NEXT), migration(NEXT, HEAD, 'op.execute("CREATE TABLE more ()")'))
    with ThreadPoolExecutor() as pool:
        calling = pool.submit(place, owned, seconds=150)
        begun = owned.update(release.manifest, "--yes", *CANARY)
        before = []
        for line in begun.stdout:
            before.append(line)
            if "agent is replaced" in line:
                begun.kill()
        begun.communicate()
        assert begun.returncode == -signal.SIGKILL, before
        code, said = owned.updated()
        during = not calling.done()
        placed = calling.result()
    assert (code, during) == (0, True), said
    assert "The update to 0.2.0 goes on, in its step Canary." in said
    assert said.endswith("CellHub runs 0.2.0.\n")
    assert owned.steps == ["Preflight", "Backup", "Migrate", "Canary", "RollOut", "Verify", "Done"]
    assert owned.revision == NEXT
    assert placed.as_told
    (bill,) = placed.bills
    assert abs(bill.record.billsec - Decimal(placed.outcomes[0].talk_seconds)) < 1
    assert len(bill.entries) == 2
    check_serves(owned, "0.2.0")


def test_the_next_start_is_of_the_release_that_was_brought(owned):
    owned.end()
    owned.start()
    assert "This is release 0.1.0; 0.2.0 was brought and starts." in owned.said
    check_serves(owned, "0.2.0")
