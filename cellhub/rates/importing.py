"""Rate decks as CSV files: read, check and compare them, without a database.

A file is either accepted as a whole or answered with every fault in it. The columns are
the manual's, in any order; nothing is guessed about money, so ``0,01`` is a fault.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellhub.domain.money import AmountError, parse_amount

COLUMNS = ("prefix", "destination", "rate", "initblock", "billingblock", "connectcharge")
LARGEST_FILE = 20 * 1024 * 1024
MOST_ROWS = 200_000
LONGEST_DESTINATION = 120
LONGEST_BLOCK = 86_400
DEAREST = Decimal(1_000_000)

_DELIMITERS = (",", ";", "\t")
_PREFIX = re.compile(r"[0-9]{1,20}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FORMULA = re.compile(r"[=+\-@]")
_SHOWN = 200
_ZIP = b"PK\x03\x04"
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


class FileError(ValueError):
    """The file cannot be read as a whole; the sentence says what it should be."""


@dataclass(frozen=True, slots=True)
class FileRate:
    """A row that is right: what one prefix costs."""

    prefix: str
    destination: str
    rate: Decimal
    initial_block: int
    billing_block: int
    connect_charge: Decimal


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is wrong; ``line`` counts from 1 and includes the head."""

    line: int
    content: str
    reason: str


@dataclass(frozen=True, slots=True)
class RateFile:
    """All rows of a file: the right ones and what is wrong with the others."""

    rates: tuple[FileRate, ...]
    faults: tuple[Fault, ...]


class _CellError(ValueError):
    """A cell cannot be used; the reason is the same sentence for the same mistake."""


def read_text(content: bytes) -> str:
    """Decode UTF-8 or, with its byte order mark, UTF-16.

    Raises:
        FileError: too large, empty, or no text.
    """
    if len(content) > LARGEST_FILE:
        raise FileError(f"The file is larger than {LARGEST_FILE // 1024**2} MB: split it.")
    if not content.strip():
        raise FileError("The file is empty.")
    if content.startswith(_ZIP):
        raise FileError("This is a workbook or an archive: save the sheet as CSV UTF-8.")
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise FileError("The file is not text in UTF-8: save it as CSV UTF-8.") from None
    if "\x00" in text:
        raise FileError("The file is not text in UTF-8: save it as CSV UTF-8.")
    return text


def parse(text: str) -> RateFile:
    """Check every row.

    Raises:
        FileError: the head does not name the columns, or there are no rows or too many.
    """
    rows = _rows(text)
    places = _places(next(rows, (1, []))[1])
    rates: dict[str, FileRate] = {}
    faults: list[Fault] = []
    for count, (line, cells) in enumerate(rows):
        if count == MOST_ROWS:
            raise FileError(f"The file has more than {MOST_ROWS:,} rows: split it.")
        _sort_in(line, cells, places, rates, faults)
    if not rates and not faults:
        raise FileError("The file has a head but no rates below it.")
    return RateFile(tuple(rates.values()), tuple(faults))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number the rows by the line on which each begins, without the blank ones."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileError(f"Line {line} cannot be read: {error}. Look for a quote that does not end.") from None


def _delimiter(text: str) -> str:
    head = text.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=head.count)


def _places(head: Sequence[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in head]
    wanted = ",".join(COLUMNS)
    if not set(names) & set(COLUMNS):
        raise FileError(f"The first line must name the columns: {wanted}.")
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise FileError(f"{_words(missing)} missing. The first line must be {wanted}.")
    if len(names) != len(COLUMNS):
        extra = [name or "an empty one" for name in names if name not in COLUMNS or names.count(name) > 1]
        raise FileError(f"Too many columns: {', '.join(extra)}. The first line must be {wanted}.")
    return {name: names.index(name) for name in COLUMNS}


def _words(names: Sequence[str]) -> str:
    return f"Columns {', '.join(names)} are" if len(names) > 1 else f"Column {names[0]} is"


def _sort_in(
    line: int, cells: list[str], places: dict[str, int], rates: dict[str, FileRate], faults: list[Fault]
) -> None:
    """Put a row among the rates, or each of its mistakes among the faults."""
    values, reasons = _checked(cells, places)
    if not reasons and values["prefix"] in rates:
        reasons = ["prefix: it stands on an earlier line too; keep one of them."]
    if reasons:
        content = _printable(",".join(cells))
        faults.extend(Fault(line, content, reason) for reason in reasons)
    else:
        rates[values["prefix"]] = FileRate(*values.values())


def _checked(cells: list[str], places: dict[str, int]) -> tuple[dict[str, Any], list[str]]:
    if len(cells) != len(COLUMNS):
        return {}, [f"{len(COLUMNS)} values are needed, not {len(cells)}; before decimals stands a point."]
    values: dict[str, Any] = {}
    reasons = []
    for name, check in _CHECKS.items():
        try:
            values[name] = check(name, cells[places[name]].strip())
        except (_CellError, AmountError) as error:
            reasons.append(str(error))
    return values, reasons


def _prefix(name: str, text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise _CellError(f"{name}: write 1 to 20 digits, without +, letters or blanks.")
    return text


def _destination(name: str, text: str) -> str:
    if not text:
        raise _CellError(f"{name}: write a name, such as Turkey Mobile.")
    if len(text) > LONGEST_DESTINATION:
        raise _CellError(f"{name}: write at most {LONGEST_DESTINATION} characters.")
    if _CONTROL.search(text):
        raise _CellError(f"{name}: write it on one line, without control characters.")
    if _FORMULA.match(text):
        raise _CellError(f"{name}: begin it with a letter or digit; a spreadsheet runs = + - @ as a formula.")
    return text


def _amount(name: str, text: str) -> Decimal:
    return parse_amount(text, field=name, minimum=0, maximum=DEAREST)


def _seconds(least: int) -> Callable[[str, str], int]:
    def check(name: str, text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= LONGEST_BLOCK:
            raise _CellError(f"{name}: write whole seconds from {least} to {LONGEST_BLOCK}.")
        return int(text)

    return check


_CHECKS: dict[str, Callable[[str, str], Any]] = {
    "prefix": _prefix,
    "destination": _destination,
    "rate": _amount,
    "initblock": _seconds(0),
    "billingblock": _seconds(1),
    "connectcharge": _amount,
}


def _printable(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in shown)


def by_reason(faults: Iterable[Fault]) -> dict[str, list[Fault]]:
    """Group faults by their reason, the most frequent one first."""
    groups: dict[str, list[Fault]] = {}
    for fault in faults:
        groups.setdefault(fault.reason, []).append(fault)
    return dict(sorted(groups.items(), key=lambda group: -len(group[1])))
