"""Strings of statements that a connection plans once and runs many times.

PostgreSQL takes several times as long to plan a deed of the charging path as to do it.
psycopg2 knows no prepared statements, but SQL does: each statement of a string is
prepared when a connection first meets it, and executed by its name from then on, still
in one string, one transaction and one round trip.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

END = ";\n"
_VALUE = re.compile(r"%\((?P<name>\w+)\)s(?:::(?P<type>\w+(?:\[\])?))?")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, as it is prepared and as it is executed; without values it is only executed."""

    name: str
    prepare: str
    execute: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A string of statements: ``enter`` is its first, which enters the scope."""

    enter: str
    statements: tuple[Statement, ...]

    @property
    def names(self) -> set[str]:
        """The names of its statements."""
        return {one.name for one in self.statements}

    def prepare(self, known: Collection[str]) -> str:
        """Return what must be sent once a connection before; empty when all is ``known``."""
        missing = [one.prepare for one in self.statements if one.prepare and one.name not in known]
        return END.join([self.enter, *missing]) if missing else ""

    @property
    def execute(self) -> str:
        """Return what is sent each time."""
        return END.join([self.enter, *(one.execute for one in self.statements)])


@cache
def prepared(text: str) -> Prepared:
    """Read a string of statements, each but the last ended by ``;`` and a new line.

    A value's type is that of a cast beside one of its uses, else PostgreSQL infers it.
    """
    enter, *others = text.split(END)
    return Prepared(enter, tuple(_statement(one) for one in others))


def _statement(text: str) -> Statement:
    types = {found["name"]: "unknown" for found in _VALUE.finditer(text)}
    types |= {found["name"]: found["type"] for found in _VALUE.finditer(text) if found["type"]}
    places = {name: f"${place}" for place, name in enumerate(types, start=1)}
    if not types:
        return Statement("", "", text)
    body = _VALUE.sub(lambda found: places[found["name"]], text)
    name = f"deed_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    values = ", ".join(_value(*item) for item in types.items())
    return Statement(
        name, f"PREPARE {name} ({', '.join(types.values())}) AS {body}", f"EXECUTE {name} ({values})"
    )


def _value(name: str, type_: str) -> str:
    return f"%({name})s" if type_ == "unknown" else f"%({name})s::{type_}"
