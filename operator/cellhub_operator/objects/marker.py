"""Which release a tenant runs when an Update has brought one: a note on its Tenant, ours to write.

The chart's release is what a tenant without it runs, and what wins when it is newer: whoever
upgrades the chart past an Update has brought that release to every tenant.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from cellhub.domain.releases import Version
from cellhub_operator.objects.release import ONE_BY_ONE, Release

NOTE = "cellhub.io/release"
"""The annotation of a Tenant."""


class MarkerError(ValueError):
    """Somebody wrote into the note; the text says what is to be done."""


@dataclass(frozen=True, slots=True)
class Images:
    """A release as far as pods run it."""

    version: str
    asterisk: str
    agent: str


@dataclass(frozen=True, slots=True)
class Marker:
    """``update`` brings, or has brought, ``wanted`` to the pods from the ordinal ``partition`` on.

    ``former`` is what ran before, None if it was the chart's. With ``back`` it is wanted again.
    """

    update: str
    wanted: Images
    former: Images | None = None
    partition: int = 0
    back: bool = False

    def text(self) -> str:
        """Write the note."""
        return json.dumps(asdict(self), sort_keys=True)


def read(text: str) -> Marker | None:
    """Read the note; None if there is none.

    Raises:
        MarkerError: it is none of ours.
    """
    if not text:
        return None
    try:
        given: dict[str, Any] = json.loads(text)
        wanted, former = Images(**given.pop("wanted")), given.pop("former")
        marker = Marker(wanted=wanted, former=former and Images(**former), **given)
        _check(marker)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MarkerError(
            f"The annotation {NOTE} is not as the operator wrote it. Its pods stay as they are. "
            "Remove it, and they get the chart's release."
        ) from error
    return marker


def _check(marker: Marker) -> None:
    for images in (marker.wanted, marker.former):
        if images is not None:
            Version.parse(images.version)
    if not isinstance(marker.partition, int) or marker.partition < 0:
        raise ValueError(marker.partition)


def release_in(chart: Release, marker: Marker | None) -> Release:
    """What a tenant's objects are built with."""
    if marker is None or overtaken(chart, marker.wanted.version):
        return chart
    if marker.back:
        return replace(_with(chart, marker.former), rolling=ONE_BY_ONE)
    return replace(_with(chart, marker.wanted), rolling=marker.partition)


def standing(chart: Release, marker: Marker | None) -> Images:
    """The release that a tenant runs as a whole, whatever is being brought to it."""
    if marker is not None and not marker.back and marker.partition == 0:
        return images_of(chart) if overtaken(chart, marker.wanted.version) else marker.wanted
    return images_of(_with(chart, marker.former if marker else None))


def overtaken(chart: Release, version: str) -> bool:
    """Say whether the chart's release is newer than ``version``; one without such a number is."""
    try:
        return Version.parse(chart.version) > Version.parse(version)
    except ValueError:
        return True


def images_of(release: Release) -> Images:
    """The part of a release that pods run."""
    return Images(release.version, release.asterisk_image, release.agent_image)


def _with(chart: Release, images: Images | None) -> Release:
    if images is None or overtaken(chart, images.version):
        return chart
    return replace(chart, version=images.version, asterisk_image=images.asterisk, agent_image=images.agent)
