"""What an Update says, typed, and the names of what is made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cellhub.domain.updates import Step, Terms
from cellhub_operator.objects.marker import Images
from cellhub_operator.objects.switch_pod import GRACE_AFTER_DRAIN
from cellhub_operator.objects.tenant import Origin
from cellhub_operator.specs.shapes import Shape

UID_LENGTH = 8
UNITS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class UpdateWish:
    """What is wanted of an update."""

    origin: Origin
    version: str
    images: Mapping[str, str]
    names: tuple[str, ...]
    labels: Mapping[str, str]
    manifest: str
    signature: str
    destination: str
    drain_seconds: int
    terms: Terms

    @classmethod
    def of(cls, resource: Shape) -> UpdateWish:
        """Read an Update; the API server has put in the defaults."""
        spec: dict[str, Any] = resource["spec"]
        strategy = spec["strategy"]
        return cls(
            origin=Origin.of(resource),
            version=spec["version"],
            images=dict(spec["images"]),
            names=tuple(spec["tenants"].get("names", ())),
            labels=spec["tenants"].get("selector", {}).get("matchLabels", {}),
            manifest=spec["manifestRef"]["name"],
            signature=spec["signature"],
            destination=spec["backup"]["destination"],
            drain_seconds=_seconds(strategy["drainTimeout"]),
            terms=Terms(
                backup=spec["backup"]["enabled"],
                canary=strategy["canary"],
                canary_seconds=strategy["canarySeconds"],
                allow_rollback=spec["allowRollback"],
            ),
        )

    @property
    def grace(self) -> int:
        """Seconds that a pod has to end: its calls, and then itself."""
        return self.drain_seconds + GRACE_AFTER_DRAIN

    @property
    def mark(self) -> str:
        """How notes name it; another Update of its name is another one."""
        return f"{self.origin.mark}/{self.origin.uid}"

    @property
    def wanted(self) -> Images:
        """What pods are to run."""
        return Images(self.version, self.images["asterisk"], self.images["agent"])

    def concerns(self, tenant: Shape) -> bool:
        """Say whether a Tenant is meant."""
        labels = (tenant["metadata"].get("labels") or {}).items()
        return tenant["metadata"]["name"] in self.names or (
            bool(self.labels) and self.labels.items() <= labels
        )

    def job(self, step: Step) -> str:
        """The name of the Job of a step; the same for whoever drives it."""
        return f"update-{self.origin.uid[:UID_LENGTH]}-{step.lower()}"

    @property
    def backup(self) -> str:
        """The file of its backup."""
        return f"before-{self.version}-{self.origin.uid[:UID_LENGTH]}.dump"


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * UNITS[duration[-1]]
