"""``cellhub-operator``: print the resource definitions. Reconciling them comes later."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

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
    # It comes with the extra [operator]; whoever lacks that can still read the help, or take JSON.
    try:
        from cellhub_operator.manifests import as_yaml  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise SystemExit(
            f"cellhub-operator: {missing.name} is not installed: pip install 'cellhub[operator]'"
        ) from None
    return as_yaml(documents)


def _as_json(documents: list[Shape]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}, indent=2) + "\n"


FORMATS: dict[str, Callable[[list[Shape]], str]] = {"yaml": _as_yaml, "json": _as_json}
