"""The operator as a process of its own, on the real API server and the real PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import make_url

from cellhub.db.roles import AGENT, PORTAL
from cellhub.security.crypto import new_key
from tests.fixtures.database import Database
from tests.fixtures.installation import free_ports

END_SECONDS = 20
ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class OperatorProcess:
    """``cellhub-operator run``: started, killed and started again."""

    environment: dict[str, str]
    log: Path
    metrics_port: int
    command: tuple[str | Path, ...] = (Path(sys.executable).with_name("cellhub-operator"), "run")
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it; it does not wait for anything."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=output, stderr=output
            )

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric over the labels that are not given; 0 while it cannot be asked."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5) as answer:
                families = list(text_string_to_metric_families(answer.read().decode()))
        except OSError:
            return 0.0
        samples = (sample for family in families for sample in family.samples if sample.name == name)
        return sum(one.value for one in samples if labels.items() <= one.labels.items())

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll() if self.process is not None else None

    def said(self, event: str) -> bool:
        """Whether there is such an event in its log."""
        return f'"event": "{event}"' in self.log.read_text()

    def looks(self) -> float:
        """How often it looked at a resource."""
        return self.metric("cellhub_reconcile_seconds_count")

    def kill(self) -> None:
        """Kill it without a warning."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(END_SECONDS)

    def stop(self) -> None:
        """Ask it to end, as Kubernetes does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(END_SECONDS)


@contextmanager
def operator(
    kubeconfig: Path, namespace: str, database: Database, admin_url: str, home: Path, **more: str
) -> Iterator[OperatorProcess]:
    """An operator for one namespace and one database; it ends with the block.

    ``more`` are settings that differ from the tests' usual ones.
    """
    key_file = home / "secret-key"
    key_file.write_bytes(new_key())
    port, metrics_port = free_ports(2)
    settings = {
        "NAMESPACES": namespace,
        "DATABASE_URL": database.url(PORTAL.name),
        "DATABASE_ADMIN_URL": admin_url,
        "AGENT_DATABASE_URL": _by_name(database.url(AGENT.name)),
        "SECRET_KEY_FILE": str(key_file),
        "ASTERISK_IMAGE": "registry.example/cellhub-asterisk:1.4.2",
        "AGENT_IMAGE": "registry.example/cellhub:1.4.2",
        "JANUS_IMAGE": "registry.example/cellhub-janus:1.4.2",
        "VERSION": "1.4.2",
        "BACKUP_FOLDER": str(home / "backups"),
        "RESYNC_SECONDS": "5",
        "OPERATOR_PORT": str(port),
        # As a pod that is started again has its name.
        "IDENTITY": "operator-of-the-tests",
        "METRICS_PORT": str(metrics_port),
    }
    own = {f"CELLHUB_{name}": value for name, value in (settings | more).items()}
    one = OperatorProcess(
        {"PATH": os.environ["PATH"], "KUBECONFIG": str(kubeconfig), "HOME": str(home), **own},
        home / "operator.log",
        metrics_port,
    )
    try:
        yield one
    finally:
        one.stop()


def _by_name(url: str) -> str:
    """The address as pods would have it, which is another one than ours."""
    return make_url(url).set(host="database.cell").render_as_string(hide_password=False)
