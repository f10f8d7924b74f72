"""One tenant and its trunk as a keeper of the cluster looks at them: objects, conditions, rows."""

from __future__ import annotations

import base64
import contextlib

from kubernetes.dynamic.exceptions import NotFoundError
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.fixtures.switch import wait_for

SECONDS = 30.0
TENANT = {
    "apiVersion": "cellhub.io/v1alpha1",
    "kind": "Tenant",
    "metadata": {"name": "north"},
    "spec": {
        "displayName": "North Telecom",
        "sipDomain": "sip.north.example",
        "adminEmail": "ada@north.example",
    },
}
TRUNK = {
    "apiVersion": "cellhub.io/v1alpha1",
    "kind": "Trunk",
    "metadata": {"name": "halyard"},
    "spec": {"tenantRef": {"name": "north"}, "host": "198.51.100.31"},
}
OBJECTS = {
    ("v1", "ServiceAccount", "north-switch"),
    ("networking.k8s.io/v1", "NetworkPolicy", "north-switch"),
    ("v1", "Secret", "north-switch"),
    ("v1", "Secret", "north-admin"),
    ("v1", "ConfigMap", "north-switch"),
    ("v1", "Service", "north-switch-pods"),
    ("v1", "Service", "north-sip"),
    ("policy/v1", "PodDisruptionBudget", "north-switch"),
    ("apps/v1", "StatefulSet", "north-switch"),
}


class World:
    """What a keeper of the cluster would look at."""

    def __init__(self, api, namespace, database, postgres):
        self.api, self.namespace = api, namespace
        url = postgres.superuser_url().replace("/postgres?", f"/{database}?", 1)
        self.engine = create_engine(url, poolclass=NullPool)

    def apply(self, manifest, **spec):
        return self.api.apply(manifest | {"spec": manifest["spec"] | spec}, self.namespace)

    def read(self, api_version, kind, name):
        try:
            return self.api.read(api_version, kind, name, self.namespace)
        except NotFoundError:
            return None

    def tenant(self):
        return self.read("cellhub.io/v1alpha1", "Tenant", "north")

    def delete(self, api_version, kind, name):
        with contextlib.suppress(NotFoundError):
            self.api.kind(api_version, kind).delete(name=name, namespace=self.namespace)

    def condition(self, kind, name, aspect):
        found = self.read("cellhub.io/v1alpha1", kind, name)
        conditions = (found or {}).get("status", {}).get("conditions", ())
        return next(((one["status"], one["reason"]) for one in conditions if one["type"] == aspect), None)

    def rows(self, query):
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def told(self, reason):
        """The sentences of the events with this reason."""
        events = self.api.kind("v1", "Event").get(namespace=self.namespace).to_dict()["items"]
        return " ".join(one["message"] for one in events if one["reason"] == reason)

    def there(self):
        return {one for one in OBJECTS if self.read(*one) is not None}

    def kept(self):
        """Wait until everything is there and nothing more is to be done."""
        wait_for(lambda: self.there() == OBJECTS, "all objects are there", SECONDS)
        wait_for(self.waits_for_pods, "only the pods are waited for", SECONDS)

    def waits_for_pods(self):
        """Nothing but the pods, which nobody runs here, is waited for."""
        return self.condition("Tenant", "north", "Progressing") == ("True", "PodsStart")

    def service_type(self):
        return self.read("v1", "Service", "north-sip")["spec"]["type"]

    def generation_seen(self):
        return self.tenant()["status"]["observedGeneration"]

    def rest(self):
        """Wait until nothing changes any more, and return the version of every object and resource."""
        last: dict = {}

        def rests():
            nonlocal last
            before, last = last, self.versions()
            return before == last

        wait_for(rests, "nothing changes any more", SECONDS)
        return last

    def versions(self):
        resources = (
            ("cellhub.io/v1alpha1", "Tenant", "north"),
            ("cellhub.io/v1alpha1", "Trunk", "halyard"),
        )
        found = {one: self.read(*one) for one in (*OBJECTS, *resources)}
        return {one: manifest["metadata"]["resourceVersion"] for one, manifest in found.items() if manifest}


def file_of(secret, name):
    return base64.b64decode(secret["data"][name]).decode()
