"""Run the embedded PostgreSQL of an installation by itself, or ask for its address."""

from __future__ import annotations

import argparse
import os
import signal
from pathlib import Path

from cellhub.db.scope import DatabaseRole
from cellhub.environment import read
from cellhub.local import served
from cellhub.local.installation import Installation
from cellhub.local.settings import LocalSettings

ENDS = {signal.SIGINT, signal.SIGTERM}
OWNER = DatabaseRole.OWNER.value


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.add_argument("--home", type=Path, help="folder of the installation (setting CELLHUB_HOME)")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, action, purpose in (
        ("start", _start, "run the server until Ctrl-C, its roles and its database made"),
        ("serve", _serve, "be the PostgreSQL of other machines: for one pod, and for trying out"),
        ("url", _print_url, "print the address of the database, password included"),
        ("upgrade", _upgrade, "bring the tables of the running server to the newest version"),
    ):
        action_parser = actions.add_parser(name, help=purpose)
        action_parser.set_defaults(action=action)
        if name == "url":
            action_parser.add_argument("--login", default=OWNER, help="default: %(default)s")


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    if arguments.home:
        os.environ["CELLHUB_HOME"] = str(arguments.home)
    if arguments.action is _serve:
        return served.serve(read(served.ServedSettings))
    installation = Installation(read(LocalSettings))
    installation.prepare()
    arguments.action(installation, arguments)
    return 0


def _start(installation: Installation, _: argparse.Namespace) -> None:
    server = installation.postgres()
    with server.running(installation.logs / "postgres.log"):
        installation.create_database(server)
        print(f"PostgreSQL is ready on 127.0.0.1:{server.port}. Ctrl-C ends it.", flush=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        signal.sigwait(ENDS)


def _serve(*_: object) -> None:
    """It needs no installation: :mod:`cellhub.local.served` has its own settings."""


def _print_url(installation: Installation, arguments: argparse.Namespace) -> None:
    print(installation.database_url(arguments.login))


def _upgrade(installation: Installation, _: argparse.Namespace) -> None:
    installation.migrate()
