"""The images as they were built: who runs in them, what they tell of themselves, what is not in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cluster import archive

IMAGES = Path("var/images")
ACCOUNTS = {"cellhub": "15061:15061", "cellhub-asterisk": "15060:15060", "cellhub-janus": "15062:15062"}
LABELS = ("title", "description", "version", "revision", "base.name")
# A key has lines of base64 below its head; a program that knows keys names the head alone.
KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}")
PROGRAM = b"\x7fELF"
FOR_OTHERS, AS_OTHERS = 0o002, 0o6000


@pytest.fixture(params=ACCOUNTS)
def name(request):
    return request.param


@pytest.fixture
def image(name):
    with archive.opened(IMAGES / f"{name}.tar") as opened:
        yield opened


def test_it_runs_as_an_account_of_its_own_and_ends_when_told_to(image, name):
    assert (image.settings["User"], image.settings["StopSignal"]) == (ACCOUNTS[name], "SIGTERM")


def test_it_says_what_it_is_and_of_which_commit(image, name):
    labels = {key: image.settings["Labels"][f"org.opencontainers.image.{key}"] for key in LABELS}
    assert labels["title"] == name
    assert re.fullmatch(r"\d+\.\d+\.\d+", labels["version"])
    assert re.fullmatch("[0-9a-f]{40}", labels["revision"])
    assert labels["description"]


def test_it_has_no_secret_and_nothing_that_lets_one_become_another(image):
    modes = {}  # of the last layer that has the file: that is what a container sees
    for file, contents in image.files():
        modes[file.name] = file.mode if file.isfile() else 0
        text = contents.read() if contents else b""
        assert text.startswith(PROGRAM) or not _has_key(text), file.name
        if file.name == "etc/shadow":
            assert {line.split(b":")[1] for line in text.splitlines()} <= {b"*", b"!", b"!*"}
    assert [name for name, mode in modes.items() if mode & (AS_OTHERS | FOR_OTHERS)] == []


def _has_key(text):
    """Look for a key; a library may test itself by keys that everybody knows, so programs are left out."""
    return b"PRIVATE KEY-----" in text and KEY.search(text)


def test_its_environment_and_what_it_runs_name_no_secret(image):
    told = json.dumps([image.settings.get(key) for key in ("Env", "Cmd", "Entrypoint")])
    assert not re.search("password|secret|token", told, re.IGNORECASE)


def test_its_list_of_parts_has_every_package_of_debian_in_it(image, name):
    parts = json.loads((IMAGES / f"{name}.cdx.json").read_text())
    assert (parts["bomFormat"], parts["specVersion"]) == ("CycloneDX", "1.6")
    listed = {one["name"] for one in parts["components"] if one["purl"].startswith("pkg:deb/")}
    installed = [c.read().decode() for file, c in image.files() if file.name == "var/lib/dpkg/status"][-1]
    assert listed == set(re.findall(r"^Package: (.+)$", installed, re.MULTILINE))


@pytest.mark.parametrize("name", ["cellhub-asterisk"])
def test_the_softswitch_has_the_packages_that_one_machine_has(image):
    wanted = {line for line in Path("asterisk-image/packages.txt").read_text().split("\n") if line}
    installed = [c.read().decode() for file, c in image.files() if file.name == "var/lib/dpkg/status"][-1]
    named = {line for line in wanted if not line.startswith("#")}
    assert named <= set(re.findall(r"^Package: (.+)$", installed, re.MULTILINE))
