"""The operator's client of the API server: it waits for an answer, but not for ever."""

from __future__ import annotations

from typing import Any

from kubernetes.client import ApiClient
from kubernetes.config import ConfigException, load_incluster_config, load_kube_config
from kubernetes.dynamic import DynamicClient

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0


class BoundedClient(DynamicClient):
    """A client whose every request comes to an end.

    Of itself the package waits without end. An API server that stands still, or whose node is cut
    off without a word, would hold the operator's hands one by one until none is left, and go on
    holding them after it is back at another address.
    """

    def __init__(
        self, client: ApiClient, within: tuple[float, float] = (CONNECT_SECONDS, ANSWER_SECONDS)
    ) -> None:
        self._within = within
        super().__init__(client)

    def request(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """Send one request.

        Raises:
            urllib3.exceptions.HTTPError: no connection or no answer within the seconds for each.
        """
        return super().request(method, path, body, **{"_request_timeout": self._within, **params})


def connect() -> DynamicClient:
    """As the pod's account, or as whoever runs it outside of the cluster."""
    try:
        load_incluster_config()
    except ConfigException:
        load_kube_config()
    return BoundedClient(ApiClient())
