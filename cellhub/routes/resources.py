"""Trunks in the tree: ``/trunks/<id>``."""

from __future__ import annotations

from cellhub.routes.models import Trunk
from cellhub.tree import Container, Resource


class Route(Resource):
    """One trunk."""

    row: Trunk


class Trunks(Container):
    """The tenant's trunks; customers have none."""

    name = "trunks"
    model = Trunk
    resource = Route
