"""``cellhub-agent``: the process beside an Asterisk."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from threading import Event

import structlog

from cellhub.environment import Settings, SettingsError, load
from cellhub.telemetry import logs, metrics
from cellhub_agi.agent import Agent
from cellhub_agi.pod import outlast, render_once
from cellhub_agi.switchboard import Render

WRONG_SETTINGS = 2
logger = structlog.get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a SIGTERM or SIGINT, then drain."""
    asked = _parser().parse_args(arguments)
    logs.configure()
    try:
        settings = load()
        if asked.deed is not None:
            asked.deed(settings)
            return 0
        metrics.serve(settings)
        agent = Agent(settings, _renderer(settings))
    except SettingsError as error:
        print(f"cellhub-agent: {error}", file=sys.stderr)
        return WRONG_SETTINGS
    except OSError as error:
        print(f"cellhub-agent: CELLHUB_AGI_PORT {settings.agi_port}: {error.strerror}.", file=sys.stderr)
        return WRONG_SETTINGS
    asked_to_stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked_to_stop.set())
    agent.start()
    logger.info("agent.started", port=agent.server.port, pod=settings.pod, tenant=settings.tenant)
    asked_to_stop.wait()
    agent.stop()
    logger.info("agent.stopped", spooled=len(agent.spool))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cellhub-agent",
        description="Answer an Asterisk's questions, extend its calls and bill them. "
        "Settings are CELLHUB_ variables, listed in docs/install.md.",
    )
    deeds = parser.add_mutually_exclusive_group()
    for flag, deed, purpose in (
        ("--render", render_once, "in a pod: write Asterisk's files once, and end"),
        ("--outlast", outlast, "in a pod: end when its Asterisk has ended"),
    ):
        deeds.add_argument(flag, dest="deed", action="store_const", const=deed, help=purpose)
    return parser


def _renderer(settings: Settings) -> Render | None:
    """Render here when this is one machine, which keeps the secrets that the files need in its home."""
    if settings.switch_config is None or not (settings.home / "secrets").is_dir():
        return None
    # Only one machine has these; in a cluster the operator writes the files.
    from cellhub.environment import read  # noqa: PLC0415
    from cellhub.local.installation import Installation  # noqa: PLC0415
    from cellhub.local.settings import LocalSettings  # noqa: PLC0415
    from cellhub.local.softswitch import render_files  # noqa: PLC0415

    installation = Installation(read(LocalSettings))
    return lambda: render_files(installation)


if __name__ == "__main__":
    sys.exit(main())
