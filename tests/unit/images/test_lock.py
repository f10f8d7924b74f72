"""What the image has from PyPI is what ``setup.py`` asks for, each with its hashes."""

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[3]
LOCK = (ROOT / "images" / "requirements.txt").read_text()
EXTRAS = ("web", "worker", "agent", "operator", "embedded")
PINS = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE))


def asked() -> list[Requirement]:
    wanted = [Requirement(line) for line in metadata.requires("cellhub") or ()]
    return [
        each
        for each in wanted
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in EXTRAS)
    ]


@pytest.mark.parametrize("requirement", asked(), ids=lambda requirement: requirement.name)
def test_the_lock_holds_what_setup_py_asks_for(requirement):
    pin = PINS.get(requirement.name.lower().replace(".", "-").replace("_", "-"))
    assert pin is not None, "make lock"
    assert requirement.specifier.contains(pin), "make lock"


def test_every_package_is_held_by_hash():
    packages = re.split(r"^(?=[a-z])", LOCK, flags=re.MULTILINE)[1:]
    assert len(packages) == len(PINS)
    assert [package for package in packages if "--hash=sha256:" not in package] == []


def test_nobody_imports_the_half_of_the_kubernetes_client_that_the_image_lacks():
    sources = [path for folder in ("agi", "cellhub", "operator") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in sources if "kubernetes.aio" in path.read_text()] == []
