"""A phone: registers and calls, with digest."""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cellhub.switch.sipp import program, scenario, trace
from cellhub.switch.sipp.program import SippError, Workspace
from cellhub.switch.sipp.trace import CallOutcome

# Asterisk ends a call that is silent for a minute; longer ones must hear something.
SILENT_SECONDS = 45.0
_SETUP_SECONDS = 60
_ALAW_SILENCE = b"\xd5" * 8000
_NUMBER = re.compile(r"[^\s;<>@]{1,200}")


@dataclass(frozen=True, slots=True)
class Phone:
    """A SIP user and the softswitch it belongs to.

    Without a secret it is a peer that is known by its address. ``local_port`` is chosen
    freely unless given; ``headers`` are further lines of its INVITE.
    """

    username: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 5060
    local_host: str = "127.0.0.1"
    local_port: int | None = None
    headers: tuple[str, ...] = ()


def register(phone: Phone, expires: int = 300) -> int | None:
    """Register the phone, or with ``expires=0`` take it off; return the final SIP code."""
    with tempfile.TemporaryDirectory(prefix="cellhub-sipp-") as folder:
        workspace = Workspace(Path(folder))
        workspace.write(scenario.register(expires), [row(phone, "")])
        _run(workspace, phone, 1, _SETUP_SECONDS)
        return trace.final_code(workspace.messages(), "REGISTER")


def call(
    phone: Phone, number: str, talk_seconds: float = 5.0, cancel_after: float | None = None
) -> CallOutcome:
    """Place one call; with ``cancel_after`` give up that many seconds after it rang."""
    return calls(phone, number, 1, talk_seconds, cancel_after)[0]


def calls(
    phone: Phone, number: str, count: int, talk_seconds: float = 5.0, cancel_after: float | None = None
) -> list[CallOutcome]:
    """Place several calls at once.

    Raises:
        SippError: the number cannot stand in a SIP address, or sipp placed fewer calls.
    """
    if not _NUMBER.fullmatch(number):
        raise SippError(f"number: {number!r} cannot be dialled; digits, + and escapes such as %2B can")
    with tempfile.TemporaryDirectory(prefix="cellhub-sipp-") as folder:
        workspace = Workspace(Path(folder))
        text = scenario.call(
            digest=bool(phone.secret),
            talk_ms=round(talk_seconds * 1000),
            cancel_ms=None if cancel_after is None else round(cancel_after * 1000),
            media=media(workspace.folder, talk_seconds),
            headers=phone.headers,
        )
        workspace.write(text, [row(phone, number)])
        _run(workspace, phone, count, _SETUP_SECONDS + talk_seconds)
        return _outcomes(workspace, count)


def _run(workspace: Workspace, phone: Phone, count: int, seconds: float) -> None:
    """Run sipp to its end, or for so many seconds: what was said until then is in its trace."""
    port = phone.local_port or program.free_port(phone.local_host)
    media_port = program.free_media_port(phone.local_host)
    process = program.start(
        [
            *program.arguments(workspace, phone.local_host, port, media_port),
            *(
                "-inf",
                str(workspace.fields),
                "-m",
                str(count),
                "-r",
                str(count),
                "-rp",
                "100",
                "-l",
                str(count),
            ),
            f"{phone.host}:{phone.port}",
        ],
        workspace,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def row(phone: Phone, number: str) -> list[str]:
    """Build the fields of the scenario; sipp fills the digest in from the second."""
    digest = f"[authentication username={phone.username} password={phone.secret}]"
    return [phone.username, digest, number]


def media(folder: Path, talk_seconds: float) -> str:
    """Return what a call of this length must play: a file of silence if it is long, else nothing."""
    if talk_seconds <= SILENT_SECONDS:
        return ""
    silence = folder / "silence.alaw"
    silence.write_bytes(_ALAW_SILENCE)
    return str(silence)


def _outcomes(workspace: Workspace, count: int) -> list[CallOutcome]:
    placed = trace.by_call(workspace.messages())
    if len(placed) < count:
        raise SippError(f"sipp placed {len(placed)} of {count} calls: {workspace.why()}")
    return [trace.outcome(messages) for messages in placed]
