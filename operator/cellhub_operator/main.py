"""``cellhub-operator``: print the resource definitions. Reconciling them comes later."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

import yaml

from cellhub_operator.specs import definitions
from cellhub_operator.specs.shapes import Shape


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub command and return its exit code."""
    parser = argparse.ArgumentParser(prog="cellhub-operator", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    crds = commands.add_parser("crds", help="print the definitions of Tenant, Trunk and Update")
    crds.add_argument("--format", choices=FORMATS, default="yaml", help="default: %(default)s")
    parsed = parser.parse_args(arguments)
    sys.stdout.write(FORMATS[parsed.format](definitions()))
    return 0


def _as_yaml(documents: list[Shape]) -> str:
    return str(yaml.dump_all(documents, Dumper=_Plain, sort_keys=False, explicit_start=True))


def _as_json(documents: list[Shape]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}, indent=2) + "\n"


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice: an anchor in a manifest confuses its readers."""

    def ignore_aliases(self, data: object) -> bool:
        """Treat nothing as a repetition."""
        return True


FORMATS: dict[str, Callable[[list[Shape]], str]] = {"yaml": _as_yaml, "json": _as_json}
