"""What a value must look like before it may become Asterisk configuration.

Each shape is a type: ``port: Port`` declares a field, and :func:`check` holds the value to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args, get_type_hints

# A line break starts a new setting, `;` a comment, `[` a section, `]` ends one.
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029;\[\]]")
# Labels of a host name have 1 to 63 characters, all of it 253 (RFC 1035); others resolve nowhere.
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*"
_PORT = r"[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]"


class ConfigError(ValueError):
    """A value that cannot be written safely; the text names the field and what would be right."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern that the whole value must match, and the words that describe it."""

    pattern: str
    words: str

    def accepts(self, value: object) -> bool:
        """Tell whether the value has this shape and holds none of Asterisk's syntax."""
        text = str(value)
        return not FORBIDDEN.search(text) and re.fullmatch(self.pattern, text, re.ASCII) is not None


Name = Annotated[str, Shape(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "1 to 40 letters, digits, - or _")]
Identifier = Annotated[str, Shape(r"[a-z_][a-z0-9_]{0,62}", "1 to 63 small letters, digits or _")]
Pod = Annotated[str, Shape(r"[a-z0-9][a-z0-9-]{0,40}", "1 to 41 small letters, digits or -")]
Host = Annotated[str, Shape(_HOST, "a host name or an IPv4 address")]
OptionalHost = Annotated[str, Shape(rf"({_HOST})?", "empty, a host name or an IPv4 address")]
Address = Annotated[str, Shape(r"\d{1,3}(\.\d{1,3}){3}", "an IPv4 address; 0.0.0.0 is every one")]
Network = Annotated[str, Shape(r"[0-9.]{7,15}(/\d{1,2})?", "an IPv4 address or network such as 10.0.0.0/8")]
Port = Annotated[int, Shape(_PORT, "a port, 1 to 65535")]
Seconds = Annotated[int, Shape(r"\d{1,5}", "whole seconds, 0 to 99999")]
Fraction = Annotated[str, Shape(r"0\.[1-9]", "tenths of a second, 0.1 to 0.9")]
Count = Annotated[int, Shape(r"[1-9]\d{0,5}", "a whole number of at least 1")]
Folder = Annotated[str, Shape(r"/[A-Za-z0-9._/-]+", "an absolute path of letters, digits, . _ - and /")]
Codec = Annotated[str, Shape(r"alaw|ulaw|g722|g729|gsm|opus", "one of alaw, ulaw, g722, g729, gsm, opus")]
Transport = Annotated[str, Shape(r"udp|tcp", "udp or tcp")]
SipUser = Annotated[str, Shape(r"[A-Za-z0-9_.+-]{0,80}", "up to 80 letters, digits or . _ + -")]
Secret = Annotated[str, Shape(r"[!-~]{0,200}", "up to 200 visible ASCII characters without ; [ or ]")]
Key = Annotated[str, Shape(r"[!-~]{16,200}", "16 to 200 visible ASCII characters without ; [ or ]")]
# Brackets would open a section, so `5..` is how the five hundreds are written.
Codes = Annotated[
    str, Shape(r"[0-9.|()^$]{1,200}", "a pattern of SIP codes without brackets, such as ^(408|5..)$")
]


def check(config: Any, path: str = "") -> None:
    """Check a dataclass and those inside it, field by field.

    Raises:
        ConfigError: names the first wrong field, and its value unless that is hidden from repr.
    """
    hints = get_type_hints(type(config), include_extras=True)
    for declared in fields(config):
        for name, value in _items(path + declared.name, getattr(config, declared.name)):
            if is_dataclass(value):
                check(value, f"{name}.")
            else:
                _check_value(name, value, _shape(hints[declared.name]), shown=declared.repr)


def _items(name: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield a plain value by its name, and the items of a tuple by name and index."""
    if isinstance(value, tuple):
        yield from ((f"{name}.{index}", item) for index, item in enumerate(value))
    else:
        yield name, value


def _shape(hint: Any) -> Shape | None:
    """Find the shape in ``Annotated[..., Shape]`` or ``tuple[Annotated[..., Shape], ...]``."""
    for part in get_args(hint):
        shape = part if isinstance(part, Shape) else _shape(part)
        if shape is not None:
            return shape
    return None


def _check_value(name: str, value: object, shape: Shape | None, *, shown: bool) -> None:
    if shape is not None and not shape.accepts(value):
        raise ConfigError(f"{name}: must be {shape.words}" + (f", not {value!r}" if shown else ""))
