"""Filters in the URL, keyset pages, CSV."""

import pytest
from pyramid.testing import DummyRequest
from sqlalchemy import column, select, table

from cellhub.web.lists import Filter, Keyset, address, apply_filters, csv_response, harmless

ROWS = table("thing", column("name"), column("id"))


def request(**parameters):
    dummy = DummyRequest(params=parameters, path="/things")
    dummy.GET = dummy.params
    return dummy


def test_an_address_sets_and_removes_parameters_and_keeps_the_others():
    changed = address(request(name="a b", after="x"), after=None, status="BUSY")
    assert changed == "/things?name=a+b&status=BUSY"
    assert address(request(after="x"), after=None) == "/things"


def test_a_filter_that_is_named_narrows_the_query_and_stands_on_a_chip():
    by_name = Filter("name", "Name", lambda typed: ROWS.c.name == typed, show=str.upper)
    filtered = apply_filters(request(name=" ada "), select(ROWS), [by_name])
    assert str(filtered.query.whereclause) == "thing.name = :name_1"
    assert [(chip.label, chip.value, chip.href) for chip in filtered.chips] == [("Name", "ADA", "/things")]


def test_a_filter_that_cannot_be_read_leaves_the_query_and_says_why():
    def refuse(typed):
        raise ValueError(f"{typed} is no name.")

    filtered = apply_filters(request(name="9"), select(ROWS), [Filter("name", "Name", refuse)])
    assert filtered.query.whereclause is None
    assert [chip.problem for chip in filtered.problems] == ["9 is no name."]


@pytest.mark.parametrize("cursor", ["", "one", "x~notanumber", "~"])
def test_a_bent_cursor_starts_at_the_beginning(cursor):
    keyset = Keyset((ROWS.c.name, ROWS.c.id), (str, int))
    query = keyset._from(select(ROWS), keyset._cursor(cursor))
    assert query.whereclause is None


def test_a_cursor_continues_after_the_row_it_names():
    keyset = Keyset((ROWS.c.name, ROWS.c.id), (str, int), descending=True)
    query = keyset._from(select(ROWS), keyset._cursor("ada~7"))
    assert "(thing.name, thing.id) <" in str(query)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_text_that_starts_like_a_formula_is_disarmed(cell):
    assert harmless(cell) == f"'{cell}"


def test_numbers_and_plain_text_stay():
    assert [harmless(-1), harmless("905"), harmless("")] == [-1, "905", ""]


def test_a_csv_streams_its_header_and_rows():
    response = csv_response("things.csv", ["name", "cost"], [("ada", 1), ("=x", 2)])
    assert b"".join(response.app_iter) == b"name,cost\r\nada,1\r\n'=x,2\r\n"
    assert response.headers["Content-Disposition"] == 'attachment; filename="things.csv"'
