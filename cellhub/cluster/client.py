"""Resources and Secrets through the API server; every failure is a :class:`~cellhub.cluster.answers.Refusal`.

Nothing that is sent is logged: a Secret's values are in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kubernetes.client import (
    ApiClient,
    ApiException,
    Configuration,
    CoreV1Api,
    CustomObjectsApi,
    V1ConfigMap,
    V1DeleteOptions,
    V1ObjectMeta,
    V1OwnerReference,
    V1Preconditions,
    V1Secret,
)
from kubernetes.config import ConfigException, load_incluster_config, load_kube_config
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from cellhub.cluster.answers import AWAY, Away, Missing, refusal_of
from cellhub.cluster.resource import OURS

GROUP, VERSION = "cellhub.io", "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
FIELD_MANAGER = "cellhub-portal"
MERGE = "application/merge-patch+json"
SECONDS = (2.0, 5.0)
"""How long to wait for a connection, and then for an answer."""

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource, as manifests and as addresses call it."""

    name: str
    plural: str


TENANT = Kind("Tenant", "tenants")
TRUNK = Kind("Trunk", "trunks")
UPDATE = Kind("Update", "updates")


class Cluster:
    """The API server, with the rights of the portal's account."""

    def __init__(self, api: ApiClient) -> None:
        # Their types say object where manifests come back.
        self._resources: Any = CustomObjectsApi(api)
        self._core: Any = CoreV1Api(api)

    def find(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """Read a resource; None if there is none."""
        try:
            with _told():
                found: Manifest = self._resources.get_namespaced_custom_object(
                    *_place(kind, namespace), name, _request_timeout=SECONDS
                )
        except Missing:
            return None
        return found

    def all(self, kind: Kind, namespace: str) -> list[Manifest]:
        """Read the resources of a namespace."""
        with _told():
            found = self._resources.list_namespaced_custom_object(
                *_place(kind, namespace), _request_timeout=SECONDS
            )
        items: list[Manifest] = found["items"]
        return items

    def create(self, kind: Kind, namespace: str, name: str, content: Manifest) -> Manifest:
        """Make a resource; ``content`` is its spec and whatever its metadata has beside the name."""
        metadata = {"name": name, **content.get("metadata", {})}
        body = {"apiVersion": API_VERSION, "kind": kind.name, **content, "metadata": metadata}
        with _told():
            made: Manifest = self._resources.create_namespaced_custom_object(
                *_place(kind, namespace), body, field_manager=FIELD_MANAGER, _request_timeout=SECONDS
            )
        return made

    def patch(
        self, kind: Kind, resource: Manifest, spec: Mapping[str, Any], *, only_try: bool = False
    ) -> None:
        """Change fields of a resource's spec, unless it is another by now; None takes a field away.

        With ``only_try`` the API server says whether it would, and does not.
        """
        metadata = resource["metadata"]
        body = {"metadata": {"resourceVersion": metadata["resourceVersion"]}, "spec": spec}
        with _told():
            self._resources.patch_namespaced_custom_object(
                *_place(kind, metadata["namespace"]),
                metadata["name"],
                body,
                field_manager=FIELD_MANAGER,
                _content_type=MERGE,
                _request_timeout=SECONDS,
                dry_run="All" if only_try else None,
            )

    def delete(self, kind: Kind, resource: Manifest) -> None:
        """Have a resource end, if it is still the one that was read; its operator takes the steps."""
        metadata = resource["metadata"]
        with _told():
            self._resources.delete_namespaced_custom_object(
                *_place(kind, metadata["namespace"]),
                metadata["name"],
                body=V1DeleteOptions(preconditions=V1Preconditions(uid=metadata["uid"])),
                _request_timeout=SECONDS,
            )

    def create_secret(self, owner: Manifest, name: str, texts: Mapping[str, str]) -> None:
        """Make a Secret that ends with its ``owner``; nobody here may ever read it back."""
        body = V1Secret(type="Opaque", metadata=_owned(owner, name), string_data=dict(texts))
        with _told():
            self._core.create_namespaced_secret(
                owner["metadata"]["namespace"], body, field_manager=FIELD_MANAGER, _request_timeout=SECONDS
            )

    def create_config_map(self, owner: Manifest, name: str, texts: Mapping[str, str]) -> None:
        """Make a ConfigMap that ends with its ``owner`` and that nobody changes."""
        body = V1ConfigMap(metadata=_owned(owner, name), data=dict(texts), immutable=True)
        with _told():
            self._core.create_namespaced_config_map(
                owner["metadata"]["namespace"], body, field_manager=FIELD_MANAGER, _request_timeout=SECONDS
            )


def connect() -> Cluster:
    """The cluster that the process runs in, or the one of its KUBECONFIG."""
    configuration = Configuration()
    try:
        load_incluster_config(client_configuration=configuration)
    except ConfigException:
        load_kube_config(os.environ.get("KUBECONFIG"), client_configuration=configuration)
    # One more try, since a connection that was kept open may have been closed meanwhile.
    configuration.retries = Retry(total=1, backoff_factor=0, respect_retry_after_header=False)
    return Cluster(ApiClient(configuration))


def _owned(owner: Manifest, name: str) -> V1ObjectMeta:
    metadata = owner["metadata"]
    reference = V1OwnerReference(
        api_version=API_VERSION, kind=owner["kind"], name=metadata["name"], uid=metadata["uid"]
    )
    return V1ObjectMeta(name=name, labels=OURS, owner_references=[reference])


def _place(kind: Kind, namespace: str) -> tuple[str, str, str, str]:
    return GROUP, VERSION, namespace, kind.plural


@contextmanager
def _told() -> Iterator[None]:
    """Say what went wrong in our words; the client's own hold what was sent."""
    try:
        yield
    except ApiException as error:
        raise refusal_of(error.status or 0, error.body or "") from None
    except (HTTPError, OSError):
        raise Away(AWAY) from None
