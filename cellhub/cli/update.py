"""Bring a signed release to this machine's installation, and back by itself if a step fails.

Without MANIFEST the one that has not ended goes on, or is shown while it does. In its place,
"status" shows the last one and "back" takes the one that runs back. The key that is believed is
CELLHUB_RELEASE_KEY. All about it is in docs/updates.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from cellhub.db.scope import Scope
from cellhub.db.session import scoped
from cellhub.domain.updates import Step, Terms
from cellhub.environment import read
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.sessions import check_database
from cellhub.local.settings import LocalSettings
from cellhub.local.updating import driving
from cellhub.local.updating.driving import Unfinished
from cellhub.local.updating.papers import Papers, archive_for
from cellhub.updates import services
from cellhub.updates.releases import Releases

STATUS, BACK = "status", "back"
WENT_BACK = 1
YES = {"y", "yes"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the files and the wishes."""
    words = parser.add_argument
    words("manifest", nargs="?", metavar="MANIFEST", help="manifest.json of the release, or: status, back")
    words("--signature", type=Path, metavar="FILE", help="default: MANIFEST.sig")
    words("--archive", type=Path, metavar="FILE", help="default: the file that it names, beside MANIFEST")
    words(
        *("--canary-seconds",), type=_seconds, default=Terms().canary_seconds, metavar="N",
        help="how long the new agent proves itself before the other parts follow; default: %(default)s",
    )  # fmt: skip
    words("--yes", action="store_true", help="do not ask")


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 24 * 3600:
        raise argparse.ArgumentTypeError(f"{text!r}: write whole seconds, from 1 to 86400.")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Begin or go on, show, or take back."""
    installation = Installation(read(LocalSettings))
    check_database(installation)
    try:
        with driving.notes_of(installation) as sessions:
            if arguments.manifest == STATUS:
                return _show(sessions)
            _hand_over(Releases(installation.home))
            if arguments.manifest == BACK:
                driving.take_back(sessions)
                arguments.manifest = None
            with driving.alone(installation) as free:
                return _update(installation, sessions, arguments, free)
    except OperationalError as error:
        raise Problem(
            "The database does not answer. See to it (make status); the update goes on with it."
        ) from error
    except KeyboardInterrupt:
        raise Problem(
            "Interrupted. What was begun goes on where CellHub runs; see it with: cellhub update"
        ) from None


def _hand_over(releases: Releases) -> None:
    """Let the release that runs do it, if this is an older one."""
    successor = releases.successor()
    if successor is not None:
        program = str(successor / "bin" / "cellhub")
        os.execv(program, [program, *sys.argv[1:]])  # noqa: S606


def _update(
    installation: Installation, sessions: sessionmaker[Session], arguments: argparse.Namespace, free: bool
) -> int:
    begun = driving.unfinished(sessions)
    if begun is None:
        begun = _begin(installation, sessions, arguments)
    elif arguments.manifest and not _is_of(arguments.manifest, begun):
        raise Problem(
            f"The update to {begun.version} has not ended; there is one at a time. "
            "See it to its end first: cellhub update"
        )
    else:
        _say(f"The update to {begun.version} goes on, in its step {begun.step}.")
    if free:
        step = driving.drive(installation, sessions, begun, _say)
    else:
        step = driving.follow(sessions, begun, _say)
    _say(_end(step, begun, _reason(sessions)))
    return 0 if step is Step.DONE else WENT_BACK


def _is_of(manifest: str, begun: Unfinished) -> bool:
    path = Path(manifest)
    return path.is_file() and path.read_bytes() == begun.document.encode()


def _begin(
    installation: Installation, sessions: sessionmaker[Session], arguments: argparse.Namespace
) -> Unfinished:
    if arguments.manifest is None:
        raise Problem("No update is unfinished. To begin one, name its manifest: cellhub update MANIFEST")
    manifest = Path(arguments.manifest)
    papers = Papers.in_files(manifest, arguments.signature, installation.settings.release_key)
    archive = archive_for(papers, manifest, arguments.archive)
    driving.check(installation, papers, archive)
    before, version = Releases(installation.home).running(), papers.manifest.version
    if not (arguments.yes or _agreed(f"Bring this installation from {before} to {version}?")):
        raise Problem("Nothing was done.")
    _say(f"CellHub goes from {before} to {version}. Calls go on meanwhile.")
    terms = Terms(canary_seconds=arguments.canary_seconds)
    return driving.begin(installation, sessions, papers, archive, terms)


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise Problem("--yes: nobody is here to be asked; give it to begin without a question.")
    return input(f"{question} [y/N] ").strip().lower() in YES


def _reason(sessions: sessionmaker[Session]) -> str:
    with scoped(sessions, Scope.platform()) as session:
        return services.latest(session, 1)[0].reason


def _end(step: Step, begun: Unfinished, reason: str) -> str:
    return {
        Step.DONE: f"\nCellHub runs {begun.version}.",
        Step.ROLLED_BACK: f"\nCellHub runs its former release again. {reason}",
    }.get(step, f"\nThe update has failed, and a part is not in order (make status). {reason}")


def _show(sessions: sessionmaker[Session]) -> int:
    """Print the last update and its steps."""
    with scoped(sessions, Scope.platform()) as session:
        rows = services.latest(session, 1)
        if not rows:
            _say("This installation was never updated.")
            return 0
        row = rows[0]
        _say(f"Update from {row.from_version} to {row.version}, begun {row.started_at:%Y-%m-%d %H:%M:%S %Z}")
        for step in services.steps_of(session, row.id):
            _say(f"  {step.started_at:%H:%M:%S}  {step.name:<13}{step.message}".rstrip())
        if row.finished_at is None:
            _say("It has not ended. See it to its end with: cellhub update")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)
