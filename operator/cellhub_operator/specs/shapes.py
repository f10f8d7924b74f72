"""The vocabulary of the definitions: typed values of structural schemas.

Every text and every list has a length, because the API server estimates what a CEL rule
costs at the longest value and refuses a rule that could cost too much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Shape = dict[str, Any]
Rules = Iterable[tuple[str, str]]
"""CEL expressions, each with the sentence that a refused user reads."""

NAME = r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"
HOST = r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$"
HIGHEST_PORT = 65535
NAME_LENGTH = 40
HOST_LENGTH = 253
TEXT_LENGTH = 200
LIST_LENGTH = 32


def text(description: str, *, pattern: str | None = None, longest: int = TEXT_LENGTH, **more: Any) -> Shape:
    """A text, empty ones included unless ``pattern`` says otherwise."""
    shape = {"type": "string", "description": description, "maxLength": longest}
    return shape | ({"pattern": pattern} if pattern else {}) | more


def host(description: str) -> Shape:
    """A host name or an IP address."""
    return text(description, pattern=HOST, longest=HOST_LENGTH)


def choice(description: str, *words: str, default: str) -> Shape:
    """One of a few words."""
    return {"type": "string", "description": description, "enum": list(words), "default": default}


def number(description: str, *, least: int = 0, most: int | None = None, **more: Any) -> Shape:
    """A whole number."""
    shape = {"type": "integer", "format": "int32", "description": description, "minimum": least}
    return shape | ({} if most is None else {"maximum": most}) | more


def limit(description: str) -> Shape:
    """A number that limits something; 0, the default, does not."""
    return number(f"{description}; 0 means no limit", default=0)


def port(description: str, **more: Any) -> Shape:
    """A port number."""
    return number(description, least=1, most=HIGHEST_PORT, **more)


def flag(description: str, *, default: bool) -> Shape:
    """Yes or no."""
    return {"type": "boolean", "description": description, "default": default}


def moment(description: str) -> Shape:
    """A time with its zone."""
    return {"type": "string", "format": "date-time", "description": description}


def many(description: str, item: Shape, *, longest: int = LIST_LENGTH, **more: Any) -> Shape:
    """A list in which the order counts."""
    shape = {"type": "array", "description": description, "items": item, "maxItems": longest}
    return shape | {"x-kubernetes-list-type": "atomic"} | more


def structure(
    description: str, properties: Mapping[str, Shape], *, required: Iterable[str] = (), rules: Rules = ()
) -> Shape:
    """An object. One without required properties may be left out, and then has its defaults.

    They are spelled out, since the API server applies the rules to a default as it stands.
    """
    shape: Shape = {"type": "object", "description": description, "properties": dict(properties)}
    if needed := list(required):
        shape["required"] = needed
    else:
        shape["default"] = {
            name: inner["default"] for name, inner in properties.items() if "default" in inner
        }
    if rules:
        shape["x-kubernetes-validations"] = [{"rule": rule, "message": message} for rule, message in rules]
    return shape


def unchangeable(path: str, what: str) -> tuple[str, str]:
    """A rule: ``path`` keeps the value that it was created with."""
    return f"self.{path} == oldSelf.{path}", f"{path} cannot be changed: {what}"


def secret_reference(description: str) -> Shape:
    """A Secret in the same namespace, by its name."""
    name = text("name of the Secret", pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", longest=HOST_LENGTH)
    return structure(description, {"name": name}, required=["name"])


def codecs(description: str) -> Shape:
    """Audio codecs in the order of preference."""
    item = {"type": "string", "enum": ["alaw", "ulaw", "g722", "g729", "gsm", "opus"]}
    once = {"rule": "self.all(one, self.exists_one(other, other == one))", "message": "name each codec once"}
    return many(
        description,
        item,
        longest=6,
        minItems=1,
        default=["alaw", "ulaw"],
        **{"x-kubernetes-validations": [once]},
    )
