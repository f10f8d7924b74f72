"""Give every claim of the class ``local`` a folder of this machine, and take it away with the claim.

usage: volumes.py KUBECONFIG FOLDER

Run by the cluster's process manager, as the provisioner that a cloud would have. The volumes are
of the type ``local``: unlike a ``hostPath`` they take the group that a pod wants its files to have.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from urllib3.exceptions import HTTPError

from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.config import new_client_from_config

PROVISIONER = "cellhub.io/local"
NODE = "node"
CHOSEN = "volume.kubernetes.io/storage-provisioner"
PAUSE_SECONDS = 0.3
CONFLICT = 409


def main() -> None:
    """Serve claims for ever; while the API server is away, wait for it."""
    kubeconfig, folder = sys.argv[1], Path(sys.argv[2])
    # Everything in its models may be None, which in what the API server sends is not so.
    core: Any = CoreV1Api(new_client_from_config(kubeconfig))
    while True:
        try:
            _provide(core, folder)
            _take_away(core)
        except (ApiException, HTTPError) as problem:
            print(f"tries again: {problem}", flush=True)
        time.sleep(PAUSE_SECONDS)


def _provide(core: Any, folder: Path) -> None:
    for claim in core.list_persistent_volume_claim_for_all_namespaces().items:
        ours = (claim.metadata.annotations or {}).get(CHOSEN) == PROVISIONER
        if ours and claim.status.phase == "Pending" and not claim.spec.volume_name:
            path = folder / f"{claim.metadata.namespace}-{claim.metadata.name}-{claim.metadata.uid}"
            path.mkdir(exist_ok=True)
            _create(core, _volume(claim, path))


def _create(core: Any, volume: dict[str, Any]) -> None:
    try:
        core.create_persistent_volume(volume)
    except ApiException as refused:
        if refused.status != CONFLICT:  # it was made, and is not bound yet
            raise


def _take_away(core: Any) -> None:
    for volume in core.list_persistent_volume().items:
        ours = (volume.metadata.annotations or {}).get("pv.kubernetes.io/provisioned-by") == PROVISIONER
        unused = volume.status.phase == "Released" and volume.metadata.deletion_timestamp is None
        if ours and unused and volume.spec.persistent_volume_reclaim_policy == "Delete":
            shutil.rmtree(volume.spec.local.path, ignore_errors=True)
            core.delete_persistent_volume(volume.metadata.name)


def _volume(claim: Any, path: Path) -> dict[str, Any]:
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}
    return {
        "metadata": {
            "name": f"claim-{claim.metadata.uid}",
            "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER},
        },
        "spec": {
            "capacity": {"storage": claim.spec.resources.requests["storage"]},
            "accessModes": claim.spec.access_modes,
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": claim.spec.storage_class_name,
            "local": {"path": str(path)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": claim.metadata.namespace,
                "name": claim.metadata.name,
                "uid": claim.metadata.uid,
            },
        },
    }


if __name__ == "__main__":
    main()
