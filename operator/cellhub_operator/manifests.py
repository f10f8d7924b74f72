"""Kubernetes objects as the YAML that ``kubectl`` reads."""

from __future__ import annotations

import yaml

from cellhub_operator.specs.shapes import Shape


def as_yaml(documents: list[Shape]) -> str:
    """Write ``documents`` one after the other, their fields in the order in which they were built."""
    return str(yaml.dump_all(documents, Dumper=_Plain, sort_keys=False, explicit_start=True))


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice: an anchor in a manifest confuses its readers."""

    def ignore_aliases(self, data: object) -> bool:
        """Treat nothing as a repetition."""
        return True
