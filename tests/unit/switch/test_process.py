"""Starting Asterisk: its command, its folders, and what is said where it cannot run."""

from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from cellhub.switch import pooler, process
from cellhub.switch.console import NoConsole, ask
from cellhub.switch.process import SwitchFolders


def test_the_command_is_its_own_mount_namespace_and_names_every_folder():
    folders = SwitchFolders.under(Path("/cache/root"), Path("/home/x/var/switch"))
    assert process.command(folders) == [
        *("unshare", "--mount", "--propagation", "private", "--", "sh", str(process.START)),
        *("/cache/root", "/home/x/var/switch/etc", "/home/x/var/switch/spool"),
        *("/home/x/var/switch/log", "/home/x/var/switch/run", "15060", "4096"),
        *("asterisk", "-f", "-p"),
    ]
    assert process.command(folders, pooler.COMMAND)[-2:] == ["pgbouncer", "/etc/asterisk/pgbouncer.ini"]


def test_the_start_script_ships_with_the_package():
    assert process.START.read_text().startswith("#!/bin/sh\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="gives folders to another account, which needs root")
def test_asterisk_owns_what_it_writes_and_only_reads_its_configuration(tmp_path):
    folders = SwitchFolders.under(tmp_path / "root", tmp_path)
    folders.prepare()
    owners = {name: (tmp_path / name).stat() for name in ("spool", "log", "run", "etc")}
    assert {name: (found.st_uid, found.st_gid) for name, found in owners.items()} == {
        "spool": (15060, 15060),
        "log": (15060, 15060),
        "run": (15060, 15060),
        "etc": (0, 15060),
    }
    assert {stat.S_IMODE(found.st_mode) for found in owners.values()} == {0o750}


def test_without_root_it_says_in_one_sentence_what_to_do(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert process.why_not() == (
        "The softswitch needs root on Debian; elsewhere run its image in a container engine, "
        "as asterisk-image/README.md tells."
    )


def test_a_missing_tool_is_named_by_its_package(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(process, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(process, "PACKAGES", {"no-such-tool": "its-package", "sh": "dash"})
    assert process.why_not() == (
        "The softswitch needs its-package: apt-get install them, or run its image in a container engine, "
        "as asterisk-image/README.md tells."
    )


def serve_console(folder: Path, answer: bytes) -> list[bytes]:
    """Play Asterisk's console for one client; return the list that gets what it asked."""
    asked: list[bytes] = []
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(folder / "asterisk.ctl"))
    listener.listen(1)

    def serve() -> None:
        with listener, listener.accept()[0] as client:
            client.sendall(b"host/1/22\n")
            asked.append(client.recv(100))
            client.sendall(answer)

    threading.Thread(target=serve).start()
    return asked


def test_the_console_is_asked_as_asterisk_does_it(tmp_path):
    asked = serve_console(tmp_path, b"Asterisk has fully booted.\n")
    assert ask(tmp_path, "core waitfullybooted") == "Asterisk has fully booted.\n"
    assert asked == [b"cli quit after core waitfullybooted\0"]


def test_nobody_at_the_console_is_told_with_its_path(tmp_path):
    with pytest.raises(NoConsole, match=r"asterisk\.ctl: .*No such file"):
        ask(tmp_path, "core show version")


def test_a_pooler_is_there_when_somebody_listens_and_not_when_its_socket_was_left_behind(tmp_path):
    assert not pooler.listens(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(tmp_path / pooler.SOCKET))
        listener.listen(1)
        assert pooler.listens(tmp_path)
    assert not pooler.listens(tmp_path)


def test_waiting_for_a_switch_that_never_boots_ends_with_a_reason(tmp_path):
    folders = SwitchFolders.under(tmp_path, tmp_path)
    with pytest.raises(
        NoConsole, match=r"Asterisk did not boot within 0 s: .*run/asterisk\.ctl: .*No such file"
    ):
        process.wait_booted(folders, seconds=0)
