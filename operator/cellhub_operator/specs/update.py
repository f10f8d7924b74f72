"""Update: one release brought to some tenants, once."""

from __future__ import annotations

from cellhub.domain.updates import Step
from cellhub_operator.specs.resource import (
    AGE,
    MESSAGE_LENGTH,
    READY,
    Column,
    Names,
    custom_resource,
)
from cellhub_operator.specs.shapes import (
    HOST_LENGTH,
    NAME,
    NAME_LENGTH,
    Shape,
    flag,
    many,
    moment,
    number,
    structure,
    text,
    unchangeable,
)

VERSION = r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$"
VERSION_LENGTH = 14
IMAGE = r"^[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}$"
IMAGE_LENGTH = 512
DURATION = "^[0-9]{1,4}[smh]$"
MOST_TENANTS = 256
IMAGES = ("portal", "asterisk", "agent", "janus", "operator")
STEPS = tuple(map(str, Step))

NAMES = Names("Update", "updates", "cu")
COLUMNS = (
    READY,
    Column("Version", ".spec.version"),
    Column("From", ".status.fromVersion"),
    Column("Step", ".status.step"),
    AGE,
)


def definition() -> Shape:
    """The definition of Update."""
    return custom_resource(NAMES, _spec(), _status(), COLUMNS, _rules())


def _rules() -> tuple[tuple[str, str], ...]:
    known = "has(self.status) && has(self.status.fromVersion)"
    upward = f"{ordered('self.spec.version')} >= {ordered('self.status.fromVersion')}"
    return ((f"!({known}) || {upward}", "an update does not go back to an older version"),)


def ordered(version: str) -> str:
    """The CEL expression of a number that grows with the ``version``, itself an expression."""
    part = f"int({version}.split('.')[%d])"
    return f"({part % 0} * 100000000 + {part % 1} * 10000 + {part % 2})"


def _spec() -> Shape:
    return structure(
        "What is wanted of an update.",
        {
            "tenants": _tenants(),
            "version": text("the release, as 1.4.2", pattern=VERSION, longest=VERSION_LENGTH),
            "images": _images(),
            "manifestRef": structure(
                "The ConfigMap that holds the release's manifest, in the same namespace.",
                {"name": text("its name", longest=HOST_LENGTH, minLength=1)},
                required=["name"],
            ),
            "signature": text("signature of the manifest, base64", pattern="^[A-Za-z0-9+/=]+$", longest=1024),
            "backup": structure(
                "What is saved before anything changes.",
                {
                    "enabled": flag("save the database", default=True),
                    "destination": text("volume claim or bucket address", longest=512, default=""),
                },
            ),
            "strategy": _strategy(),
            "allowRollback": flag("go back by itself when a step fails", default=True),
        },
        required=["tenants", "version", "images", "manifestRef", "signature"],
        rules=tuple(
            unchangeable(path, "make another Update")
            for path in ("version", "tenants", "images", "manifestRef")
        ),
    )


def _tenants() -> Shape:
    label = {"type": "string", "maxLength": 63}
    shape = structure(
        "The tenants to bring it to: by name or by label.",
        {
            "names": many(
                "names of Tenants",
                {"type": "string", "pattern": NAME, "maxLength": NAME_LENGTH},
                longest=MOST_TENANTS,
                minItems=1,
            ),
            "selector": structure(
                "Labels that a Tenant must have.",
                {
                    "matchLabels": {
                        "type": "object",
                        "additionalProperties": label,
                        "maxProperties": 16,
                        "minProperties": 1,
                    }
                },
                required=["matchLabels"],
            ),
        },
        rules=(("has(self.names) != has(self.selector)", "give either names or selector"),),
    )
    del shape["default"]  # whom it concerns is never left out
    return shape


def _images() -> Shape:
    by_digest = {
        part: text(f"image of the {part}, by digest", pattern=IMAGE, longest=IMAGE_LENGTH) for part in IMAGES
    }
    return structure("The images of the release.", by_digest, required=[p for p in IMAGES if p != "janus"])


def _strategy() -> Shape:
    return structure(
        "How pods are replaced.",
        {
            "canary": flag("let one pod prove the release first", default=True),
            "canarySeconds": number(
                "how long that pod takes calls before the others follow", least=1, most=3600, default=60
            ),
            "drainTimeout": text(
                "how long running calls may go on, as 30m", pattern=DURATION, longest=5, default="30m"
            ),
            "maxUnavailable": number("pods replaced at a time", least=1, most=1, default=1),
        },
    )


def _status() -> dict[str, Shape]:
    step = structure(
        "One step.",
        {
            "name": {"type": "string", "enum": list(STEPS)},
            "startedAt": moment("when it began"),
            "finishedAt": moment("when it ended"),
            "message": text("what it did, or why it failed", longest=MESSAGE_LENGTH),
        },
        required=["name"],
    )
    return {
        "fromVersion": text("the release that ran before", pattern=VERSION, longest=VERSION_LENGTH),
        "step": {"type": "string", "enum": list(STEPS)},
        "steps": many("all steps so far", step),
        "endedCalls": number("running calls that drainTimeout has ended", least=0),
    }
