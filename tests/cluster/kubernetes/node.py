"""The settings of the node: containerd, its network, the kubelet, the proxy, the names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.kubernetes import kubeconfigs
from tests.cluster.kubernetes.certificates import NODE
from tests.cluster.kubernetes.images import PAUSE
from tests.cluster.kubernetes.plan import Plan

TOOLS = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ipset": "ipset",
}
PLUGINS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
PLUGIN = "bridge"
CONTAINERD = "/run/containerd/containerd.sock"
"""In the cluster's mount namespace, where /run is its own."""
CTR = ("ctr", "--address", CONTAINERD, "--namespace", "k8s.io")
DOMAIN = "cluster.local"

CONTAINERD_SETTINGS = """\
version = 2
root = "{home}/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "{socket}"

[plugins."io.containerd.internal.v1.opt"]
path = "{home}/opt"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
disable_apparmor = true
# In a container of its own, root may not make a process less killable than itself.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{home}/settings/cni"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


def why_not() -> str | None:
    """Say what is missing to have a node, or nothing."""
    missing = {package for tool, package in TOOLS.items() if shutil.which(tool) is None}
    if _plugins() is None:
        missing.add("containernetworking-plugins")
    return (
        f"needs {', '.join(sorted(missing))}: apt-get install {' '.join(sorted(missing))}"
        if missing
        else None
    )


def write_settings(plan: Plan) -> None:
    """Write the settings of every part of the node."""
    containerd = CONTAINERD_SETTINGS.format(
        home=plan.home, socket=CONTAINERD, pause=PAUSE, plugins=_plugins()
    )
    (plan.settings / "containerd.toml").write_text(containerd)
    (plan.settings / "cni").mkdir(exist_ok=True)
    (plan.settings / "cni" / "10-pods.conflist").write_text(json.dumps(_pod_network(plan)))
    (plan.settings / "Corefile").write_text(_dns(plan))
    (plan.settings / "kubelet.yaml").write_text(yaml.safe_dump(_kubelet(plan)))
    (plan.settings / "proxy.yaml").write_text(yaml.safe_dump(_proxy(plan)))


def _dns(plan: Plan) -> str:
    """CoreDNS's settings: the cluster's names, and a plain no to all others."""
    zones = f"{DOMAIN} in-addr.arpa"
    return f"""\
{zones} {{
    bind {plan.block.node}
    errors
    kubernetes {zones} {{
        kubeconfig {plan.kubeconfig}
    }}
}}
"""


def _plugins() -> Path | None:
    return next((folder for folder in PLUGINS if (folder / PLUGIN).exists()), None)


def _pod_network(plan: Plan) -> dict[str, Any]:
    bridge = {
        "type": PLUGIN,
        "bridge": "pods",
        "isGateway": True,
        "hairpinMode": True,  # a pod may reach itself by its service
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": str(plan.block.pods)}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    host_ports = {"type": "portmap", "capabilities": {"portMappings": True}}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge, host_ports]}


def _kubelet(plan: Plan) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": plan.certificate("ca")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": plan.certificate("kubelet"),
        "tlsPrivateKeyFile": plan.key("kubelet"),
        "containerRuntimeEndpoint": f"unix://{CONTAINERD}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{plan.name}",
        "enforceNodeAllocatable": ["pods"],
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDomain": DOMAIN,
        "clusterDNS": [str(plan.block.node)],
        "resolvConf": "",  # what this machine resolves is not for pods
        "podLogsDir": str(plan.logs / "pods"),
        "volumePluginDir": str(plan.home / "volume-plugins"),
        # It shares the disk and the memory of this machine, and has no say in how full they are.
        "evictionHard": {
            "memory.available": "1Mi",
            "nodefs.available": "1Mi",
            "nodefs.inodesFree": "1",
            "imagefs.available": "1Mi",
            "imagefs.inodesFree": "1",
        },
        "imageGCHighThresholdPercent": 100,
    }


def _proxy(plan: Plan) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(kubeconfigs.path(plan, "proxy"))},
        "clusterCIDR": str(plan.block.pods),
        "hostnameOverride": NODE,
        "metricsBindAddress": "127.0.0.1:10249",
        "healthzBindAddress": "127.0.0.1:10256",
        # How many connections the kernel follows is a setting of the whole machine.
        "conntrack": {"maxPerCore": 0, "min": 0},
        "iptables": {"minSyncPeriod": "100ms"},
    }
