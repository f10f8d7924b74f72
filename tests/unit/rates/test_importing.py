"""A file of rates is accepted as a whole, or every row that is wrong is named with its reason."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellhub.rates.importing import (
    COLUMNS,
    LARGEST_FILE,
    Fault,
    FileError,
    FileRate,
    RateFile,
    by_reason,
    parse,
    read_text,
)

HEAD = "prefix,destination,rate,initblock,billingblock,connectcharge"
GOOD = "905,Turkey Mobile,0.024,60,1,0.002"
MOBILE = FileRate("905", "Turkey Mobile", Decimal("0.024"), 60, 1, Decimal("0.002"))

destinations = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=40
)
amounts = st.decimals(0, 1000, places=6)
rates = st.builds(
    FileRate,
    prefix=st.text("0123456789", min_size=1, max_size=20),
    destination=destinations.map(str.strip).filter(lambda name: name and name[0] not in "=+-@"),
    rate=amounts,
    initial_block=st.integers(0, 3600),
    billing_block=st.integers(1, 3600),
    connect_charge=amounts,
)
decks = st.lists(rates, min_size=1, max_size=20, unique_by=lambda rate: rate.prefix)


def written(deck, delimiter=","):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(COLUMNS)
    for one in deck:
        writer.writerow(
            [one.prefix, one.destination, one.rate, one.initial_block, one.billing_block, one.connect_charge]
        )
    return out.getvalue()


def faults(*rows):
    return parse("\n".join((HEAD, *rows))).faults


@given(decks, st.sampled_from([",", ";", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_is_written_is_read_back_in_any_encoding_and_with_any_separator(deck, delimiter, encoding):
    assert parse(read_text(written(deck, delimiter).encode(encoding))) == RateFile(tuple(deck), ())


def answer(content):
    """The sentences that a file gets; none when it is right."""
    try:
        return [fault.reason for fault in parse(read_text(content)).faults]
    except FileError as error:
        return [str(error)]


@given(st.text(max_size=300))
def test_any_text_is_read_or_answered(text):
    assert all(sentence.endswith(".") for sentence in answer(f"{HEAD}\n{text}".encode()))


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(content):
    assert answer(content)


@given(decks, st.data())
def test_a_bad_row_is_named_by_its_line_and_leaves_the_others_right(deck, data):
    place = data.draw(st.integers(0, len(deck)))
    lines = written(deck).splitlines()
    lines.insert(place + 1, "9o5,Turkey,0.1,0,1,0")
    file = parse("\n".join(lines))
    assert file == RateFile(
        tuple(deck),
        (
            Fault(
                place + 2,
                "9o5,Turkey,0.1,0,1,0",
                "prefix: write 1 to 20 digits, without +, letters or blanks.",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("9o5,Turkey,0.1,0,1,0", "prefix: write 1 to 20 digits, without +, letters or blanks."),
        ("=cmd|calc,Turkey,0.1,0,1,0", "prefix: write 1 to 20 digits, without +, letters or blanks."),
        (f"{'9' * 21},Turkey,0.1,0,1,0", "prefix: write 1 to 20 digits, without +, letters or blanks."),
        ("٩٠,Turkey,0.1,0,1,0", "prefix: write 1 to 20 digits, without +, letters or blanks."),
        ("90,,0.1,0,1,0", "destination: write a name, such as Turkey Mobile."),
        (f"90,{'x' * 121},0.1,0,1,0", "destination: write at most 120 characters."),
        ('90,"Tur\nkey",0.1,0,1,0', "destination: write it on one line, without control characters."),
        (
            "90,=cmd|' /C calc'!A0,0.1,0,1,0",
            "destination: begin it with a letter or digit; a spreadsheet runs = + - @ as a formula.",
        ),
        ("90,Turkey,-1,0,1,0", "rate: write 0 or more."),
        ("90,Turkey,NaN,0,1,0", "rate: write digits with at most one point, such as 12.50."),
        ("90,Turkey,1e309,0,1,0", "rate: write digits with at most one point, such as 12.50."),
        ('90,Turkey,"0,01",0,1,0', "rate: write a point for the decimals and no commas, such as 0.01."),
        ("90,Turkey,0.0000001,0,1,0", "rate: write at most 6 decimals."),
        ("90,Turkey,9999999999,0,1,0", "rate: write 1000000 or less."),
        ("90,Turkey,,0,1,0", "rate: write an amount, such as 12.50."),
        ("90,Turkey,0.1,-6,1,0", "initblock: write whole seconds from 0 to 86400."),
        ("90,Turkey,0.1,0,0,0", "billingblock: write whole seconds from 1 to 86400."),
        ("90,Turkey,0.1,0,1.5,0", "billingblock: write whole seconds from 1 to 86400."),
        ("90,Turkey,0.1,0,1,free", "connectcharge: write digits with at most one point, such as 12.50."),
        (
            "90,Turkey,0,01,0,1,0",
            "6 values are needed, not 7; before decimals stands a point.",
        ),
        ("90,Turkey", "6 values are needed, not 2; before decimals stands a point."),
    ],
)
def test_a_bad_row_says_what_would_be_right(row, reason):
    assert [fault.reason for fault in faults(GOOD, row)] == [reason]
    assert faults(GOOD, row)[0].line == 3


def test_every_mistake_of_a_row_is_listed():
    assert [fault.reason.split(":")[0] for fault in faults("9o5,,NaN,x,0,-1")] == [
        "prefix",
        "destination",
        "rate",
        "initblock",
        "billingblock",
        "connectcharge",
    ]


def test_a_prefix_stands_once_in_a_file():
    assert faults(GOOD, "90,Turkey,0.1,0,1,0", GOOD) == (
        Fault(4, GOOD, "prefix: it stands on an earlier line too; keep one of them."),
    )


def test_faults_are_grouped_by_reason_the_most_frequent_first():
    groups = by_reason(faults("90,Turkey,-1,0,1,0", "x,Turkey,0.1,0,1,0", "y,Turkey,0.1,0,1,0"))
    assert [[fault.line for fault in group] for group in groups.values()] == [[3, 4], [2]]


def test_blank_lines_and_columns_in_another_order_pass():
    head = "rate;Prefix;destination;INITBLOCK;billingblock;connectcharge"
    text = f"{head}\r\n\r\n0.024;905;Turkey Mobile;60;1;0.002\r\n"
    assert parse(text) == RateFile((MOBILE,), ())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest", "This is a workbook or an archive: save the sheet as CSV UTF-8."),
        ("Türkei".encode("latin-1"), "The file is not text in UTF-8: save it as CSV UTF-8."),
        (HEAD.encode("utf-16-le"), "The file is not text in UTF-8: save it as CSV UTF-8."),
        (GOOD.encode(), f"The first line must name the columns: {HEAD}."),
        (
            b"prefix,destination,rate",
            f"Columns initblock, billingblock, connectcharge are missing. The first line must be {HEAD}.",
        ),
        (f"{HEAD},trunk\n{GOOD},x".encode(), f"Too many columns: trunk. The first line must be {HEAD}."),
        (f"{HEAD},rate\n{GOOD},1".encode(), f"Too many columns: rate, rate. The first line must be {HEAD}."),
        (HEAD.encode(), "The file has a head but no rates below it."),
        (
            f'{HEAD}\n{GOOD}\n"90,x'.encode(),
            "Line 3 cannot be read: unexpected end of data. Look for a quote that does not end.",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_what_it_should_be(content, sentence):
    with pytest.raises(FileError) as refused:
        parse(read_text(content))
    assert str(refused.value) == sentence


def test_a_file_beyond_the_bounds_is_answered_with_the_bound():
    with pytest.raises(FileError, match="larger than 20 MB"):
        read_text(b" " * (LARGEST_FILE + 1))
    with pytest.raises(FileError, match="more than 200,000 rows"):
        parse("\n".join([HEAD, *(f"{number},x,0.1,0,1,0" for number in range(200_001))]))


def test_what_is_shown_of_a_bad_row_is_short_and_printable():
    (fault,) = faults(f"90\x1b[2J,{'x' * 119},-1,{'0' * 500},1,0")[:1]
    assert len(fault.content) == 201
    assert fault.content.isprintable()
