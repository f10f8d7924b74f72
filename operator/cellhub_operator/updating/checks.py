"""Whether an Update can be begun at all: whom it comes from, and what it follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cellhub.domain.releases import Standing, Version, objection
from cellhub.updates.manifest import Manifest, ManifestError, check_images, read
from cellhub_operator.objects.marker import standing
from cellhub_operator.objects.release import Release
from cellhub_operator.updating.parts import TenantSeen
from cellhub_operator.updating.wish import UpdateWish


@dataclass(frozen=True, slots=True)
class Installation:
    """What stands; ``key`` is whom it believes, ``backups`` whether it has a place for them."""

    chart: Release
    revision: str
    key: str
    backups: bool


def problem_of(
    wish: UpdateWish, document: str, signature: str, tenants: Sequence[TenantSeen], stands: Installation
) -> str:
    """Say why an Update cannot be begun, in a sentence; nothing if it can."""
    try:
        manifest = read(document.encode(), signature, stands.key)
        check_images(manifest, wish.images)
    except ManifestError as error:
        return str(error)
    if manifest.version != wish.version:
        return f"The manifest is of {manifest.version}, and the Update of {wish.version}."
    return _of_place(wish, stands) or _of_tenants(manifest, tenants, stands)


def _of_place(wish: UpdateWish, stands: Installation) -> str:
    if not wish.terms.backup:
        return ""
    if wish.destination:
        return f"Backups go to the chart's volume: leave backup.destination {wish.destination} out."
    return "" if stands.backups else "There is no volume for a backup: set operator.backups.enabled."


def _of_tenants(manifest: Manifest, tenants: Sequence[TenantSeen], stands: Installation) -> str:
    if not tenants:
        return "No Tenant is meant by it."
    oldest = Version.parse(manifest.follows)
    revisions = (manifest.migrations.first, manifest.migrations.last)
    for seen in tenants:
        version = Version.parse(standing(stands.chart, seen.marker).version)
        found = objection(Standing(version, stands.revision), manifest.number, oldest, revisions)
        if found:
            return f"{seen.tenant.name}: {found}"
    return ""


def from_version(tenants: Sequence[TenantSeen], chart: Release) -> str:
    """The oldest release that one of the tenants runs; the chart's without any.

    Raises:
        ValueError: the installation's own release has no number such as 1.4.2.
    """
    versions = [standing(chart, seen.marker).version for seen in tenants] or [chart.version]
    return min(versions, key=Version.parse)
