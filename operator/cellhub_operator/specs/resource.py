"""What all definitions share: group, version, names, status, columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cellhub.cluster.resource import WORDS
from cellhub_operator.specs.shapes import Rules, Shape, many, moment, number, structure, text

GROUP = "cellhub.io"
VERSION = "v1alpha1"
MESSAGE_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class Names:
    """How a kind is called."""

    kind: str
    plural: str
    short: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ``kubectl get``."""

    name: str
    path: str
    type: str = "string"


READY = Column("Ready", '.status.conditions[?(@.type=="Ready")].status')
AGE = Column("Age", ".metadata.creationTimestamp", "date")


def custom_resource(
    names: Names,
    spec: Shape,
    status: Mapping[str, Shape],
    columns: Iterable[Column],
    rules: Rules = (),
) -> Shape:
    """The CustomResourceDefinition of one kind."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": names.kind,
                "listKind": f"{names.kind}List",
                "plural": names.plural,
                "singular": names.kind.lower(),
                "shortNames": [names.short],
                "categories": ["cellhub"],
            },
            "versions": [_version(names, spec, status, columns, rules)],
        },
    }


def _version(
    names: Names, spec: Shape, status: Mapping[str, Shape], columns: Iterable[Column], rules: Rules
) -> Shape:
    root = structure(
        f"{names.kind} of CellHub.",
        {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": spec,
            "status": _status(status),
        },
        required=["spec"],
        rules=rules,
    )
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": root},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [
            {"name": column.name, "type": column.type, "jsonPath": column.path} for column in columns
        ],
    }


def _status(own: Mapping[str, Shape]) -> Shape:
    shape = structure(
        "What was observed.",
        {"observedGeneration": _generation(), "conditions": _conditions(), **own},
    )
    del shape["default"]  # nothing is observed before somebody looked
    # The operator's framework keeps its progress there.
    return shape | {"x-kubernetes-preserve-unknown-fields": True}


def _generation() -> Shape:
    return {
        "type": "integer",
        "format": "int64",
        "description": "the generation of the spec that the status is about",
    }


def _conditions() -> Shape:
    condition = structure(
        "One aspect of the state.",
        {
            "type": {"type": "string", "enum": list(WORDS)},
            "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
            "reason": text("one word for programs", pattern=r"^[A-Za-z][A-Za-z0-9]*$", longest=64),
            "message": text("a sentence for people", longest=MESSAGE_LENGTH),
            "lastTransitionTime": moment("when the status last changed"),
            "observedGeneration": _generation(),
        },
        required=["type", "status", "reason", "message", "lastTransitionTime"],
    )
    by_type = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}
    return many("Ready, Progressing and Degraded.", condition, longest=len(WORDS)) | by_type


def count(description: str) -> Shape:
    """A number that was observed."""
    return number(description)
