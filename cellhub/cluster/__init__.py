"""The cluster that the portal runs in, as far as the portal writes to it.

With the setting ``resources`` on ``cluster``, what people decide in the portal about tenants and
trunks is written as resources of ``cellhub.io/v1alpha1``: the same that ``kubectl apply`` writes,
so that the operator has one way to follow and the API server checks both. Rooms ask
``request.registry.cluster``, which is None where the database is the place, and
``request.registry.namespaces``, outside of which it writes nothing.

:mod:`~cellhub.cluster.client` speaks with the API server, :mod:`~cellhub.cluster.answers` says what
it refused, and :mod:`~cellhub.cluster.resource` reads what it gave: whose a resource is, how it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator

IN_CLUSTER = "cluster"


def includeme(config: Configurator) -> None:
    """Give the registry its ``cluster``; no request is made before somebody needs one."""
    settings = config.registry.cellhub
    config.registry.cluster = None
    config.registry.namespaces = tuple(filter(None, settings.namespaces.split(",")))
    if settings.resources == IN_CLUSTER:
        # Package kubernetes takes a second and 40 MB, which one machine can spare.
        from cellhub.cluster.client import connect  # noqa: PLC0415

        config.registry.cluster = connect()
