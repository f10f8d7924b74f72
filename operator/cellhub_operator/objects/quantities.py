"""Kubernetes writes quantities its own way; what we compare must be written so too."""

from __future__ import annotations

from decimal import Decimal

STEP = 1024
UNITS = ("Ki", "Mi", "Gi", "Ti")
MILLI = 1000


def canonical_cpu(text: str) -> str:
    """Write processors without a fraction: ``0.5`` is ``500m``, ``2000m`` is ``2``."""
    milli = int(text[:-1]) if text.endswith("m") else int(Decimal(text) * MILLI)
    return str(milli // MILLI) if milli % MILLI == 0 else f"{milli}m"


def canonical_bytes(text: str) -> str:
    """Write bytes in the greatest unit that leaves no fraction: ``1024Mi`` is ``1Gi``."""
    amount, unit = int(text[:-2]), UNITS.index(text[-2:])
    while amount and amount % STEP == 0 and unit < len(UNITS) - 1:
        amount, unit = amount // STEP, unit + 1
    return f"{amount}{UNITS[unit]}" if amount else "0"
