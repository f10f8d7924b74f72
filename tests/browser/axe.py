"""What axe finds against a page, by the rules of WCAG 2.0 to 2.2, A and AA."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

import cellhub.web

SOURCE = Path(cellhub.web.__file__).parent / "assets/node_modules/axe-core/axe.min.js"
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    # Off by default, as WCAG 2.2 is young.
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
IS_THERE = "() => 'axe' in window"
RUN = "(options) => axe.run(document, options)"


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def findings(page: Page) -> list[str]:
    """Return a line for each element that breaks a rule: the rule, the element, and what to change."""
    if not page.evaluate(IS_THERE):
        # Through the debugger's door: the page's own policy lets no script in.
        page.evaluate(_source())
    found = page.evaluate(RUN, OPTIONS)
    return [_line(rule["id"], node) for rule in found["violations"] for node in rule["nodes"]]


def _line(rule: str, node: dict[str, list[str] | str]) -> str:
    summary = " ".join(str(node["failureSummary"]).split())
    return f"{rule}: {node['target']} {node['html']!r}: {summary}"
