"""The next trunk's place over AGI: told with the call id, or not at all."""

from __future__ import annotations

import pytest
from cellhub_agi.entries.move import MoveEntry

from cellhub.charging.connections import DatabaseAway
from tests.fakes.agi import ask


@pytest.fixture
def move(serve, call_id):
    """Ask for a place on ``second`` and return what was set, and what the books were asked."""

    def tell(answer):
        asked = []

        def take_place(*arguments):
            asked.append(arguments)
            return answer()

        server = serve({"move": MoveEntry(take_place)})
        return ask(server.port, call_id, "second", entry="move").variables, asked

    return tell


def test_a_place_is_told_by_the_trunk_and_the_call_id(move, call_id):
    assert move(lambda: True) == ({"CELL_PLACE": f"second {call_id}"}, [(call_id, "second")])


def test_without_a_place_nothing_is_set(move):
    assert move(lambda: False)[0] == {}


def test_while_the_database_is_away_there_is_no_place(move):
    def away():
        raise DatabaseAway("gone")

    assert move(away)[0] == {}
