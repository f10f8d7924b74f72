"""Rates: decks of prices by prefix, the plans that group decks, and files of rates.

A deck knows how its blocks are counted and how its prices are rounded; a rate is one prefix
in one deck. The manual's Tariffs are all rates over all decks. A reseller reads the decks of
its own plan, and beside each price what its customers pay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Put decks, rates and plans into the tree."""
    # The agent uses this room's models and has no Pyramid.
    from cellhub.rates.resources import Plans, RateDecks, Tariffs  # noqa: PLC0415

    for container in (RateDecks, Tariffs, Plans):
        config.add_container(container)
    config.scan("cellhub.rates.views")
