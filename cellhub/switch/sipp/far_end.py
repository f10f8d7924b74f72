"""A far end: the provider's side of a trunk, answering every call in one way."""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cellhub.switch.sipp import program, scenario, trace
from cellhub.switch.sipp.program import SippError, Workspace
from cellhub.switch.sipp.trace import FarCall

RING, EARLY, SILENCE = "ring", "early", "silence"
ANSWERS = "200, a SIP code of 300 to 699, ring, early or silence"
_REFUSAL = re.compile(r"[3-6][0-9]{2}")
_SIPP_WORDS = {"udp": "u1", "tcp": "t1"}
_READY_SECONDS = 5.0
_PROBE_SECONDS = 0.2
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class FarEnd:
    """A far end that is up; it counts what it is sent."""

    workspace: Workspace
    port: int

    def calls(self) -> list[FarCall]:
        """List the calls that came, oldest first."""
        return trace.far_calls(self.workspace.messages(), self.workspace.callers())

    def wait_for(self, condition: Callable[[list[FarCall]], bool], seconds: float = 5.0) -> list[FarCall]:
        """Wait until the calls fulfil a condition and return them.

        Raises:
            TimeoutError: they did not; the text lists them.
        """
        deadline = time.monotonic() + seconds
        while not condition(calls := self.calls()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the far end on port {self.port} has seen {calls}")
            time.sleep(_POLL_SECONDS)
        return calls


@contextmanager
def far_end(
    port: int,
    answer: str = "200",
    ring_seconds: float = 0.2,
    host: str = "127.0.0.1",
    transport: str = "udp",
) -> Iterator[FarEnd]:
    """Answer calls on a port until the block ends, by ``transport`` udp or tcp and by no other.

    ``answer`` is 200, a refusal's code, ``ring`` (180 and no more), ``early`` (183 with
    audio and no more) or ``silence``.

    Raises:
        SippError: the answer is none of these, or the port is taken.
    """
    if answer not in {"200", RING, EARLY, SILENCE} and not _REFUSAL.fullmatch(answer):
        raise SippError(f"answer: must be {ANSWERS}, not {answer!r}")
    with tempfile.TemporaryDirectory(prefix="cellhub-sipp-") as folder:
        workspace = Workspace(Path(folder))
        workspace.write(scenario.far_end(answer, ring_ms=round(ring_seconds * 1000)))
        common = program.arguments(workspace, host, port, program.free_media_port(host))
        process = program.start([*common, "-rtp_echo", "-t", _SIPP_WORDS[transport]], workspace)
        try:
            _wait_until_ready(process, workspace, host, port, transport)
            yield FarEnd(workspace, port)
        finally:
            process.kill()
            process.wait()


def _wait_until_ready(
    process: subprocess.Popen[bytes], workspace: Workspace, host: str, port: int, transport: str
) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    is_ready = _takes_connections if transport == "tcp" else _answers_options
    while not is_ready(host, port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SippError(f"the far end did not start on {host}:{port}: {workspace.why()}")


def _takes_connections(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _PROBE_SECONDS).close()
    except OSError:
        time.sleep(_POLL_SECONDS)
        return False
    return True


def _answers_options(host: str, port: int) -> bool:
    """Ask as a provider's monitor would; sipp answers once its port is open."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(_PROBE_SECONDS)
        probe.connect((host, port))
        local = probe.getsockname()[1]
        try:
            probe.send(_options(host, port, local))
            return probe.recv(2048).startswith(b"SIP/2.0 200")
        except ConnectionRefusedError:
            time.sleep(_POLL_SECONDS)
            return False
        except TimeoutError:
            return False


def _options(host: str, port: int, local: int) -> bytes:
    lines = (
        f"OPTIONS sip:{host}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:{local};branch=z9hG4bK-ready-{local}-{time.monotonic_ns()}",
        f"From: <sip:ready@{host}>;tag={local}",
        f"To: <sip:{host}:{port}>",
        f"Call-ID: ready-{local}-{time.monotonic_ns()}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:ready@{host}:{local}>",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()
