"""Names of the built files: "app.css" is served as "app-5XQ2….css", so it may be cached for ever."""

import json
from functools import cache
from pathlib import Path

from cellhub.web.icons import DIST


class UnknownAssetError(LookupError):
    """A template asks for a file that the build did not write."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"unknown asset {name!r}: the build wrote {', '.join(known)}")


@cache
def _manifest(dist: Path) -> dict[str, str]:
    return json.loads((dist / "manifest.json").read_text(encoding="utf-8"))


def hashed_name(name: str, *, dist: Path = DIST) -> str:
    """Give the built file's name, to be put behind the address of the static view."""
    manifest = _manifest(dist)
    if name not in manifest:
        raise UnknownAssetError(name, sorted(manifest))
    return manifest[name]
