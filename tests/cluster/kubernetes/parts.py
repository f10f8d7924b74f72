"""The parts of the cluster and their command lines."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cellhub.local.problem import Problem
from tests.cluster.kubernetes import kubeconfigs
from tests.cluster.kubernetes.binary import DNS, KWOK, POLICIES
from tests.cluster.kubernetes.certificates import NODE as NODE_NAME
from tests.cluster.kubernetes.plan import API_PORT, Plan

STAGES = Path(__file__).with_name("stages.yaml")
AUDIT = Path(__file__).with_name("audit.yaml")
VOLUMES = Path(__file__).with_name("volumes.py")
# The API server is theirs alone; by default they ask it 20 and 50 times a second at most.
QUICK = ("--kube-api-qps=500", "--kube-api-burst=1000")
ETCD = "http://127.0.0.1:2379"
ETCD_PEERS = "http://127.0.0.1:2380"


def _etcd(plan: Plan) -> list[str]:
    return [
        str(plan.binary),
        "etcd",
        f"--data-dir={plan.home / 'etcd'}",
        f"--listen-client-urls={ETCD}",
        f"--advertise-client-urls={ETCD}",
        f"--listen-peer-urls={ETCD_PEERS}",
        f"--initial-advertise-peer-urls={ETCD_PEERS}",
        f"--initial-cluster=default={ETCD_PEERS}",
        "--unsafe-no-fsync",  # nobody mourns its data
        "--log-level=warn",
    ]


def _api_server(plan: Plan) -> list[str]:
    return [
        str(plan.binary),
        "kube-apiserver",
        f"--etcd-servers={ETCD}",
        f"--secure-port={API_PORT}",
        f"--advertise-address={plan.block.node}",
        f"--client-ca-file={plan.certificate('ca')}",
        f"--tls-cert-file={plan.certificate('api-server')}",
        f"--tls-private-key-file={plan.key('api-server')}",
        f"--kubelet-client-certificate={plan.certificate('api-server-to-kubelet')}",
        f"--kubelet-client-key={plan.key('api-server-to-kubelet')}",
        f"--kubelet-certificate-authority={plan.certificate('ca')}",
        "--kubelet-preferred-address-types=InternalIP",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={plan.key('service-accounts')}",
        f"--service-account-signing-key-file={plan.key('service-accounts')}",
        f"--service-cluster-ip-range={plan.block.services}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--audit-policy-file={AUDIT}",
        f"--audit-log-path={plan.audit_log}",
        "--profiling=false",
    ]


def _controller_manager(plan: Plan) -> list[str]:
    return [
        str(plan.binary),
        "kube-controller-manager",
        f"--kubeconfig={kubeconfigs.path(plan, 'controller-manager')}",
        f"--root-ca-file={plan.certificate('ca')}",
        f"--cluster-signing-cert-file={plan.certificate('ca')}",
        f"--cluster-signing-key-file={plan.key('ca')}",
        f"--service-account-private-key-file={plan.key('service-accounts')}",
        "--use-service-account-credentials",
        *QUICK,
        f"--flex-volume-plugin-dir={plan.home / 'volume-plugins'}",  # it makes the folder
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--profiling=false",
    ]


def _scheduler(plan: Plan) -> list[str]:
    return [
        str(plan.binary),
        "kube-scheduler",
        f"--kubeconfig={kubeconfigs.path(plan, 'scheduler')}",
        *QUICK,
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--profiling=false",
    ]


def _containerd(plan: Plan) -> list[str]:
    program = shutil.which("containerd")
    if program is None:
        raise Problem("containerd is not installed: apt-get install containerd")
    return [program, f"--config={plan.settings / 'containerd.toml'}"]


def _kubelet(plan: Plan) -> list[str]:
    return [
        str(plan.binary),
        "kubelet",
        f"--config={plan.settings / 'kubelet.yaml'}",
        f"--kubeconfig={kubeconfigs.path(plan, 'kubelet')}",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={plan.block.node}",
        f"--root-dir={plan.home / 'kubelet'}",
    ]


def _proxy(plan: Plan) -> list[str]:
    return [str(plan.binary), "kube-proxy", f"--config={plan.settings / 'proxy.yaml'}"]


def _dns(plan: Plan) -> list[str]:
    return [str(DNS.path), "-conf", str(plan.settings / "Corefile")]


def _kwok(plan: Plan) -> list[str]:
    return [
        str(KWOK.path),
        f"--kubeconfig={plan.kubeconfig}",
        f"--config={STAGES}",
        "--manage-all-nodes",
        "--node-lease-duration-seconds=40",
        f"--cidr={plan.block.pods}",
        f"--node-ip={plan.block.node}",
    ]


def _policies(plan: Plan) -> list[str]:
    return [
        str(POLICIES.path),
        f"--kubeconfig={plan.kubeconfig}",
        f"--hostname-override={NODE_NAME}",
        f"--service-cluster-ip-range={plan.block.services}",
    ]


def _volumes(plan: Plan) -> list[str]:
    # Not as a module: it needs nothing of ours, and starts in the cluster's folder.
    return [sys.executable, "-P", str(VOLUMES), str(plan.kubeconfig), str(plan.volumes)]


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the cluster."""

    name: str
    command: Callable[[Plan], list[str]]
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: int = 10


STORE = Part("etcd", _etcd)
# It keeps nothing. Asked to end, it waits a minute for watches that do not end, and holds its port.
API_SERVER = Part("api-server", _api_server, stop_signal=signal.SIGKILL)
CONTROLLERS = (Part("controller-manager", _controller_manager), Part("scheduler", _scheduler))
RUNTIME = Part("containerd", _containerd)
KUBELET = Part("kubelet", _kubelet)
NAMES = Part("dns", _dns)
KEEPER = Part("volumes", _volumes)
NODE = (KUBELET, Part("proxy", _proxy), NAMES, KEEPER)
# Told to end, it takes its rules away.
FIREWALL = Part("policies", _policies, stop_seconds=30)
PLAYED_NODE = (Part("kwok", _kwok), KEEPER)
ALL = (STORE, API_SERVER, *CONTROLLERS, RUNTIME, *NODE, FIREWALL, PLAYED_NODE[0])
