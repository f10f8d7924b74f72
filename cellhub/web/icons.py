"""Inline SVG icons, taken from Tabler when the assets are built."""

import json
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

DIST = Path(__file__).parent / "static" / "dist"

_SHELL = (
    '<svg class="icon{classes}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-linecap="round" stroke-linejoin="round" {naming}>{drawing}</svg>'
)


class UnknownIconError(LookupError):
    """A template asks for an icon that the build did not inline."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"unknown icon {name!r}: use the name of an outline icon of Tabler and build the assets again"
        )


@cache
def _drawings(dist: Path) -> dict[str, str]:
    return json.loads((dist / "icons.json").read_text(encoding="utf-8"))


def icon(name: str, label: str = "", classes: str = "", *, dist: Path = DIST) -> Markup:
    """Draw the icon; without a label it is hidden from screen readers, as words stand beside it."""
    try:
        drawing = _drawings(dist)[name]
    except KeyError:
        raise UnknownIconError(name) from None
    naming = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    spaced = f" {escape(classes)}" if classes else ""
    return Markup(_SHELL.format(classes=spaced, naming=naming, drawing=drawing))  # noqa: S704 - the drawing is ours, the rest escaped
