"""Telephone numbers: E.164 digits without ``+``, and the rules that rewrite them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import NewType, Self

Number = NewType("Number", str)
"""2 to 20 digits in E.164, without ``+``."""

SHORTEST = 2
LONGEST = 20

_DIALLED = re.compile(r"\+?[0-9]{1,20}")
_SENDABLE = re.compile(r"\+?[0-9*#]{1,40}")
_NAME_REFUSES = re.compile(r'[\x00-\x1f\x7f"\\;\[\]<>]')
_EXAMPLE = 'Write "Pera Turizm" <902125550164>.'


class NumberError(ValueError):
    """The number cannot be used; the message says what would be right."""


class CallerIdError(ValueError):
    """The caller id cannot be read; the message says what is wrong and shows a right one."""


def normalise(dialled: str, strip: str = "", add: str = "") -> Number:
    """Turn what was dialled into a number by a SIP user's rule: strip first, then add.

    Raises:
        NumberError: other characters than digits, or fewer than 2 or more than 20 of them.
    """
    if not _DIALLED.fullmatch(dialled):
        raise NumberError("Dial digits only, at most 20, with or without a leading +.")
    number = _swap_prefix(dialled, strip, add).removeprefix("+")
    if not (number.isascii() and number.isdigit() and SHORTEST <= len(number) <= LONGEST):
        raise NumberError(f"After strip and add {SHORTEST} to {LONGEST} digits must remain.")
    return Number(number)


def emergency_number(dialled: str, numbers: Collection[str], strip: str = "", add: str = "") -> str:
    """Find the emergency number that was dialled, plainly or by the SIP user's rule; empty when none was."""
    plain = dialled.removeprefix("+")
    if plain in numbers:
        return plain
    ruled = _swap_prefix(dialled, strip, add)
    return ruled if ruled in numbers else ""


def rewrite(number: str, strip: str = "", add: str = "") -> str:
    """Write a number as a trunk wants it: strip first, then add; it may hold ``+ * #``.

    Raises:
        NumberError: nothing that can be dialled remains.
    """
    sent = _swap_prefix(number, strip, add)
    if not _SENDABLE.fullmatch(sent):
        raise NumberError(
            "After strip and add 1 to 40 of 0-9 * # must remain; only a + may come before them."
        )
    return sent


def _swap_prefix(number: str, strip: str, add: str) -> str:
    # +90 and 90 are the same prefix: our numbers carry no +, what people write often does.
    plain, wanted = number.removeprefix("+"), strip.removeprefix("+")
    if not (wanted and plain.startswith(wanted)):
        return add + plain
    return add + plain[len(wanted) :]


def prefixes_of(number: str) -> tuple[str, ...]:
    """List every prefix of a number, the longest first."""
    return tuple(number[:length] for length in range(len(number), 0, -1))


@dataclass(frozen=True, slots=True)
class CallerId:
    """Who calls, as the callee sees it; the name may be empty."""

    name: str
    number: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"Name" <number>``, ``<number>`` or a bare number.

        Raises:
            CallerIdError: anything else, in one sentence and an example.
        """
        text = text.strip(" ")
        if "<" not in text and ">" not in text:
            return cls._checked("", text)
        name, opening, rest = text.partition("<")
        if not opening:
            raise CallerIdError(f"The opening < is missing. {_EXAMPLE}")
        number, closing, behind = rest.partition(">")
        if not closing:
            raise CallerIdError(f"The closing > is missing. {_EXAMPLE}")
        if behind:
            raise CallerIdError(f"Nothing may follow the closing >. {_EXAMPLE}")
        return cls._checked(_unquoted(name.strip(" ")), number)

    @classmethod
    def _checked(cls, name: str, number: str) -> Self:
        if _NAME_REFUSES.search(name):
            raise CallerIdError(f'The name may not hold line breaks or any of " \\ ; [ ] < >. {_EXAMPLE}')
        if not _DIALLED.fullmatch(number):
            raise CallerIdError(f"The number must be 1 to 20 digits, with or without a leading +. {_EXAMPLE}")
        return cls(name, number)

    def __str__(self) -> str:
        """Write it as the manual does: ``"Name" <number>``."""
        return f'"{self.name}" <{self.number}>' if self.name else f"<{self.number}>"


def _unquoted(name: str) -> str:
    if not name.startswith('"'):
        return name
    if len(name) == 1 or not name.endswith('"'):
        raise CallerIdError(f'The closing " is missing. {_EXAMPLE}')
    return name[1:-1]
