"""The softswitch of one machine: its root folder, and the files it is configured by."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from cellhub.db.roles import switch_login
from cellhub.domain.failover import failover_pattern
from cellhub.local.database import HOST
from cellhub.local.installation import DATABASE, Installation
from cellhub.local.problem import Problem
from cellhub.local.report import shown_path
from cellhub.local.sessions import tenant_session
from cellhub.routes.rendering import is_suspended, peers_to_render, trunks_to_render
from cellhub.security.crypto import SecretBox
from cellhub.switch import pooler
from cellhub.switch.console import NoConsole, ask
from cellhub.switch.process import ASTERISK_ID, SwitchFolders
from cellhub.switch.render import Odbc, SwitchConfig, render, write

IMAGE = Path(__file__).resolve().parents[2] / "asterisk-image"
BUILD = IMAGE / "build-root.sh"
BOOT_PAUSE_SECONDS = 1.0
POOLER_SECONDS = 10.0
POLL_SECONDS = 0.05


def folders(installation: Installation) -> SwitchFolders:
    """Return the folders of this installation's Asterisk."""
    home = installation.home / "switch"
    return SwitchFolders(
        root=(home / "root").resolve(),
        config=installation.switch_config,
        spool=installation.switch_spool,
        logs=home / "log",
        run=home / "run",
    )


def is_built(installation: Installation) -> bool:
    """Say whether some root folder was linked before."""
    return (installation.home / "switch" / "root").exists()


def build_root(installation: Installation) -> None:
    """Link to the root folder of this very recipe; the first time it is built, in about a minute.

    Raises:
        Problem: it could not be built; the text says why.
    """
    log = installation.logs / "setup-softswitch.log"
    with log.open("wb") as output:
        done = subprocess.run([str(BUILD)], stdout=output, stderr=output, check=False)
    last_line = (log.read_text(errors="replace").splitlines() or ["it said nothing"])[-1]
    if done.returncode:
        raise Problem(f"Its folder could not be built: {last_line} ({shown_path(log)})")
    link = installation.home / "switch" / "root"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(last_line)


def has_booted(installation: Installation) -> bool:
    """Say whether Asterisk takes calls, which is later than its first sign of life."""
    try:
        ask(folders(installation).run, "core waitfullybooted", BOOT_PAUSE_SECONDS)
    except NoConsole:
        return False
    return True


def wait_for_pooler(installation: Installation) -> None:
    """Return when the pooler is there for Asterisk.

    Raises:
        Problem: it is not after ten seconds.
    """
    run = folders(installation).run
    deadline = time.monotonic() + POOLER_SECONDS
    while not pooler.listens(run):
        if time.monotonic() > deadline:
            log = shown_path(installation.logs / "pooler.log")
            raise Problem(f"The pooler did not come up within {POOLER_SECONDS:.0f} s ({log}).")
        time.sleep(POLL_SECONDS)


def render_files(installation: Installation) -> set[str]:
    """Write Asterisk's files from the tenant's rows, and return the names of those that changed."""
    settings = installation.settings
    box = SecretBox.from_file(installation.secrets.key_file("secret-key"))
    with tenant_session(installation) as session:
        trunks, peers = trunks_to_render(session, box), peers_to_render(session)
        suspended = is_suspended(session)
    config = SwitchConfig(
        pod=settings.pod,
        odbc=_odbc(installation),
        ami_secret=installation.ami_secret_file.read_text().strip(),
        failover_pattern=failover_pattern(),
        trunks=trunks,
        peers=peers,
        suspended=suspended,
        sip_host=settings.sip_host,
        sip_port=settings.sip_port,
        rtp_first=settings.rtp_first,
        rtp_last=settings.rtp_last,
        agi_port=settings.agi_port,
        ami_port=settings.ami_port,
    )
    folders(installation).prepare()
    return write(render(config), installation.switch_config, ASTERISK_ID)


def _odbc(installation: Installation) -> Odbc:
    login = switch_login(installation.settings.tenant).name
    return Odbc(
        host=HOST,
        port=installation.settings.database_port,
        database=DATABASE,
        username=login,
        secret=installation.database_password(login),
    )
