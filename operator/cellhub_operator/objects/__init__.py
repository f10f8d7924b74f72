"""The objects of a tenant, pure builders: one file a kind, plain values in, a manifest out."""

from __future__ import annotations

from cellhub_operator.objects.everything import objects_of

__all__ = ["objects_of"]
