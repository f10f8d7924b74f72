"""Write what the chart has from elsewhere: the resources' definitions, and its table of values.

``make chart`` runs it; ``tests/unit/charts`` holds the files to what it would write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cellhub_operator.manifests import as_yaml
from cellhub_operator.specs import definitions

from charts.dashboards import DASHBOARDS, as_json

CHART = Path(__file__).resolve().parent / "cellhub"
VALUES = CHART / "values.yaml"
README = CHART / "README.md"
BEGIN, END = "<!-- values -->", "<!-- /values -->"
HEAD = ("| value | default | what |", "|---|---|---|")
INDENT = 2
_DESCRIBED = re.compile(r"\s*# -- (?P<text>.+)")
_KEY = re.compile(r"(?P<indent> *)(?P<key>[A-Za-z][A-Za-z0-9]*):")


@dataclass(frozen=True, slots=True)
class Row:
    """A value of the chart: its path with dots, its default, its sentence."""

    path: str
    default: Any
    text: str


def files() -> dict[Path, str]:
    """All generated files with their content."""
    written = {
        CHART / "files" / "crds" / f"{one['spec']['names']['plural']}.yaml": as_yaml([one])
        for one in definitions()
    }
    written |= {CHART / "files" / "dashboards" / f"{one.name}.json": as_json(one) for one in DASHBOARDS}
    return written | {README: with_table(README.read_text(), table(rows(VALUES.read_text())))}


def rows(text: str) -> Iterator[Row]:
    """Read the values of ``text`` that are described, in their order."""
    defaults = yaml.safe_load(text)
    path: list[str] = []
    described = ""
    for line in text.splitlines():
        if comment := _DESCRIBED.fullmatch(line):
            described = comment["text"]
        elif key := _KEY.match(line):
            path = [*path[: len(key["indent"]) // INDENT], key["key"]]
            if described:
                yield Row(".".join(path), _at(defaults, path), described)
            described = ""


def _at(values: Any, path: list[str]) -> Any:
    for key in path:
        values = values[key]
    return values


def table(found: Iterator[Row]) -> str:
    """Lay the values out as Markdown."""
    return "\n".join([*HEAD, *(_line(row) for row in found)])


def _line(row: Row) -> str:
    default = json.dumps(row.default, ensure_ascii=False)
    return f"| `{row.path}` | `{default}` | {row.text} |".replace("||", "&#124;&#124;")


def with_table(readme: str, lines: str) -> str:
    """Put the table between its marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{lines}\n{END}{after}"


def main() -> None:
    """Write each file."""
    for path, content in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


if __name__ == "__main__":
    main()
