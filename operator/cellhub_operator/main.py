"""``cellhub-operator``: print the resource definitions, or keep the resources."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from cellhub_operator.specs import definitions
from cellhub_operator.specs.shapes import Shape

WRONG_SETTINGS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub command and return its exit code."""
    parser = argparse.ArgumentParser(prog="cellhub-operator", description=__doc__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    crds = commands.add_parser("crds", help="print the definitions of Tenant, Trunk and Update")
    crds.add_argument("--format", choices=FORMATS, default="yaml", help="default: %(default)s")
    crds.set_defaults(command=_print)
    run = commands.add_parser(
        "run", help="keep the Tenants and Trunks of the cluster; settings are CELLHUB_*"
    )
    run.set_defaults(command=_run)
    parsed = parser.parse_args(arguments)
    return int(parsed.command(parsed))


def _print(parsed: argparse.Namespace) -> int:
    sys.stdout.write(FORMATS[parsed.format](definitions()))
    return 0


def _run(_: argparse.Namespace) -> int:
    # These come with the extra [operator].
    from cellhub.environment import SettingsError, read  # noqa: PLC0415
    from cellhub_operator.running import run  # noqa: PLC0415
    from cellhub_operator.settings import OperatorSettings  # noqa: PLC0415

    try:
        run(read(OperatorSettings))
    except SettingsError as error:
        print(f"cellhub-operator: {error}", file=sys.stderr)
        return WRONG_SETTINGS
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
