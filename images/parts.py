"""List what an image is made of, as a bill of materials in CycloneDX 1.6.

``build.sh`` runs it on the unpacked image: Debian's packages by dpkg's own record, Python's by their
metadata. Of the pages it lists the libraries that are bundled into them. It needs nothing but Python.
"""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
DPKG_STATUS = "var/lib/dpkg/status"
OS_RELEASE = "etc/os-release"
SITE_PACKAGES = ("opt/cellhub/lib/python*/site-packages",)
BUNDLED = "cellhub/web/static/dist"
NPM_LOCK = ROOT / "cellhub" / "web" / "assets" / "package-lock.json"
OWN = "cellhub"
"""Our own distribution, which the image is and does not contain."""
NAMESPACE = uuid.UUID("1f0d1c0e-7c2b-4c4e-9a55-0f3f0f1c6a10")


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A package in an image; ``purl`` is its name all over the world."""

    purl: str
    name: str
    version: str
    licence: str = field(default="")

    def component(self) -> dict[str, object]:
        """Write it as CycloneDX does."""
        written: dict[str, object] = {
            "type": "library",
            "bom-ref": self.purl,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
        }
        if self.licence:
            written["licenses"] = [{"expression": self.licence}]
        return written


def debian_parts(status: str, distribution: str) -> Iterator[Part]:
    """Read the installed packages from dpkg's record; ``distribution`` is like ``debian-12``."""
    for paragraph in status.split("\n\n"):
        fields = HeaderParser().parsestr(paragraph)
        if fields.get("Status") == "install ok installed":
            name, version = fields["Package"], fields["Version"]
            qualifiers = f"arch={fields['Architecture']}&distro={distribution}"
            yield Part(f"pkg:deb/debian/{_quoted(name)}@{_quoted(version)}?{qualifiers}", name, version)


def python_part(metadata: str) -> Part:
    """Read one distribution from its ``METADATA``."""
    fields = HeaderParser().parsestr(metadata)
    name, version = fields["Name"], fields["Version"]
    plain = name.lower().replace("_", "-")
    licence = fields.get("License-Expression", "")
    return Part(f"pkg:pypi/{_quoted(plain)}@{_quoted(version)}", name, version, licence)


def npm_parts(lock: str) -> Iterator[Part]:
    """Read from npm's lock what a browser gets, which is what is not for development only."""
    for path, package in json.loads(lock)["packages"].items():
        if path and not package.get("dev"):
            name, version = path.rpartition("node_modules/")[2], package["version"]
            scoped = "/".join(_quoted(piece) for piece in name.split("/"))
            yield Part(f"pkg:npm/{scoped}@{_quoted(version)}", name, version, package.get("license", ""))


def distribution_of(os_release: str) -> str:
    """Name the distribution as package URLs do: ``debian-12``, or ``debian-forky`` before it has a number."""
    values = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    number = values.get("VERSION_ID", values.get("VERSION_CODENAME", ""))
    return f"{values['ID']}-{number}".replace('"', "")


def parts_of(root: Path) -> list[Part]:
    """Find every part of the image that is unpacked in ``root``."""
    found = set(
        debian_parts((root / DPKG_STATUS).read_text(), distribution_of((root / OS_RELEASE).read_text()))
    )
    for site in _sites(root):
        found |= {python_part(path.read_text()) for path in site.glob("*.dist-info/METADATA")}
        if (site / BUNDLED).is_dir():
            found |= set(npm_parts(NPM_LOCK.read_text()))
    return sorted(part for part in found if part.name != OWN)


def document(name: str, version: str, made: datetime, parts: Iterable[Part]) -> dict[str, object]:
    """Write the bill. The same parts give the same text, number and all."""
    components = [part.component() for part in parts]
    number = uuid.uuid5(NAMESPACE, json.dumps([name, version, components]))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {
            "timestamp": made.isoformat(),
            "component": {"type": "container", "bom-ref": name, "name": name, "version": version},
        },
        "components": components,
    }


def main(arguments: list[str]) -> None:
    """Print the bill of one unpacked image."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path, help="the unpacked image")
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--made", type=int, required=True, help="seconds since 1970")
    given = parser.parse_args(arguments)
    made = datetime.fromtimestamp(given.made, UTC)
    bill = document(given.name, given.version, made, parts_of(given.root))
    json.dump(bill, sys.stdout, indent=1, sort_keys=True)
    print()


def _sites(root: Path) -> Iterator[Path]:
    for pattern in SITE_PACKAGES:
        yield from sorted(root.glob(pattern))


def _quoted(text: str) -> str:
    return quote(text, safe=".-~_")


if __name__ == "__main__":
    main(sys.argv[1:])
