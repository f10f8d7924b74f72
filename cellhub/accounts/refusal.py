"""What a service refuses, said so that a form can put it beside the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

UNIQUE_VIOLATION = "23505"
MEANWHILE = "Somebody changed it since you opened this page. Save again to have it as you typed it."


class RefusedError(ValueError):
    """Nothing was changed; ``field`` names the value at fault, the text what would be right."""

    status_int = 400

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field

    @property
    def each(self) -> tuple[tuple[str, str], ...]:
        """Every field at fault with its sentence; the empty name is none in particular."""
        return ((self.field, str(self)),)


class ManyRefusedError(RefusedError):
    """Nothing was changed, for more reasons than one."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(*problems[0])
        self._problems = problems

    @property
    def each(self) -> tuple[tuple[str, str], ...]:
        """Every field at fault with its sentence."""
        return self._problems


class ChangedError(ManyRefusedError):
    """Nothing was changed, because it is no longer what the form showed; ``version`` is of what it is now."""

    status_int = 409

    def __init__(self, version: str, *problems: tuple[str, str]) -> None:
        super().__init__(*problems)
        self.version = version


def changed_meanwhile(version: str, terms: Mapping[str, Any], wanted: Mapping[str, Any]) -> ChangedError:
    """Refuse for a change that the form did not know, with what the fields at odds are now."""
    differing = [name for name, value in wanted.items() if name in terms and terms[name] != value]
    sentences = ((name, f"It is {_shown(terms[name])} now.") for name in differing)
    return ChangedError(version, ("", MEANWHILE), *sentences)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if value != "" else "empty"


class LockedError(RefusedError):
    """Nothing was changed, because somebody else decides about it."""

    status_int = 409


class AwayError(RefusedError):
    """Nothing was changed, because nobody answered who could have."""

    status_int = 503


@contextmanager
def unless_taken(session: Session, field: str, sentence: str) -> Iterator[None]:
    """Undo the block, and refuse, when what it saves exists already.

    The database decides: a row of others that the reader may not see counts as well, and
    so does one that is being saved at the same moment.
    """
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        if getattr(error.orig, "pgcode", None) != UNIQUE_VIOLATION:
            raise
        raise RefusedError(field, sentence) from None
