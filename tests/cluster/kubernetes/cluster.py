"""A cluster from its folder to its end."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cellhub.local.problem import Problem
from tests.cluster.kubernetes import (
    api,
    binary,
    certificates,
    cgroups,
    images,
    kubeconfigs,
    namespaces,
    network,
    node,
    parts,
)
from tests.cluster.kubernetes.commands import run, succeeds
from tests.cluster.kubernetes.golang import Say
from tests.cluster.kubernetes.manager import Manager, log_end
from tests.cluster.kubernetes.parts import Part
from tests.cluster.kubernetes.plan import Plan, load
from tests.cluster.kubernetes.waiting import until

PLAYED_NODE = Path(__file__).with_name("played_node.yaml")
ESSENTIALS = Path(__file__).with_name("essentials.yaml")
TEMPORARY = "cellhub-cluster-"
READY_SECONDS = 60.0
IMPORT_SECONDS = 300.0
POD_RULES = "KUBE-POD-FW-"
"""The firewall's chain of a pod begins with it."""
DEFAULT_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"


def why_not() -> str | None:
    """Say why this machine cannot have a control plane, or nothing."""
    return namespaces.why_not() or binary.why_not()


@dataclass(slots=True)
class Cluster:
    """A cluster on this machine."""

    plan: Plan
    holder: subprocess.Popen[bytes] | None = None
    """The process that holds it, if we started it."""

    @property
    def manager(self) -> Manager:
        """Starts and ends its parts."""
        return Manager(self.plan)

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of an admin."""
        return self.plan.kubeconfig

    def start_control_plane(self) -> None:
        """Start the API server and what it needs; return when an object can be made.

        Raises:
            Problem: it did not come up; the text says what the API server said last.
        """
        self.manager.start(parts.STORE, parts.API_SERVER)
        self.wait_until_ready()
        self.manager.start(*parts.CONTROLLERS)
        # Pods are refused before their namespace has its account.
        self._until(lambda: api.exists(self.plan, DEFAULT_ACCOUNT), parts.CONTROLLERS[0])

    def start_node(self) -> None:
        """Start the node and the names of services; return when it takes pods.

        Raises:
            Problem: it did not come up; the text says what its kubelet said last.
        """
        if reason := node.why_not():
            raise Problem(f"a node {reason}")
        binary.DNS.build(print)
        node.write_settings(self.plan)
        self.manager.start(parts.RUNTIME)
        self._until(lambda: succeeds(*self.command(*node.CTR, "version")), parts.RUNTIME)
        self.load_image(images.archive(images.PAUSE))
        self.manager.start(*parts.NODE)
        self._until(lambda: api.node_is_ready(self.plan), parts.KUBELET)
        self._until(lambda: api.names_are_served(self.plan), parts.NAMES)
        self.kubectl("apply", "--filename", str(ESSENTIALS))

    def enforce_policies(self) -> None:
        """From now on the node refuses what NetworkPolicies refuse; return when it began to.

        Raises:
            Problem: it does not come to that; the text says what the firewall said last.
        """
        binary.POLICIES.build(print)
        self.manager.start(parts.FIREWALL)
        self._until(lambda: POD_RULES in self._rules(), parts.FIREWALL)

    def forget_policies(self) -> None:
        """Return when the node lets everything through again.

        Raises:
            Problem: rules are left.
        """
        self.manager.stop(parts.FIREWALL)
        self._until(lambda: POD_RULES not in self._rules(), parts.FIREWALL)

    def start_played_node(self) -> None:
        """Start instead a node on which kwok plays thousands of pods that do not run.

        Raises:
            Problem: it did not come up; the text says what kwok said last.
        """
        binary.KWOK.build(print)
        self.kubectl("apply", "--filename", str(ESSENTIALS), "--filename", str(PLAYED_NODE))
        self.manager.start(*parts.PLAYED_NODE)
        self._until(lambda: api.node_is_ready(self.plan), parts.PLAYED_NODE[0])

    def load_image(self, archive: Path) -> None:
        """Give the node the images of an OCI archive; pods of them need ``imagePullPolicy: Never``.

        Raises:
            Problem: it is no such archive.
        """
        with archive.open("rb") as content:
            run(*self.command(*node.CTR, "images", "import", "-"), stdin=content, seconds=IMPORT_SECONDS)

    def kubectl(self, *arguments: str, seconds: float = 60.0) -> str:
        """Run kubectl as an admin and return what it printed.

        Raises:
            Problem: it failed.
        """
        words = (f"--kubeconfig={self.kubeconfig}", *arguments)
        return run(str(self.plan.binary), "kubectl", *words, seconds=seconds)

    def wait_until_ready(self) -> None:
        """Return when the API server serves."""
        self._until(lambda: api.is_ready(self.plan), parts.API_SERVER)

    def command(self, *inside: str) -> list[str]:
        """Return a command that runs ``inside`` in the cluster's namespaces.

        Raises:
            Problem: the cluster does not run.
        """
        process = namespaces.first_process(self.plan)
        if process is None:
            raise Problem("the cluster does not run")
        return ["nsenter", "--mount", "--pid", "--net", "--target", str(process), *inside]

    def runs(self) -> bool:
        """Say whether the cluster's processes are there."""
        return namespaces.first_process(self.plan) is not None

    def remove(self) -> None:
        """End everything at once and remove what is outside; there is nothing to save."""
        namespaces.end(self.plan)
        if self.holder is not None:
            self.holder.wait()
        network.release(self.plan.block)
        cgroups.remove(self.plan.name)
        shutil.rmtree(self.plan.home)

    def _rules(self) -> str:
        return run(*self.command("iptables", "--list-rules"))

    def _until(self, condition: Callable[[], object], part: Part) -> None:
        try:
            until(condition, f"{part.name} is ready", READY_SECONDS)
        except Problem as problem:
            raise Problem(f"{problem}; it said last:\n{log_end(self.plan, part)}") from None


def create(home: Path, say: Say, *, stays: bool) -> Cluster:
    """Make a cluster of which nothing runs but the manager; unless it ``stays`` it ends with us.

    Raises:
        Problem: the machine or the binary does not allow it.
    """
    if reason := why_not():
        raise Problem(f"Kubernetes {reason}")
    program = binary.KUBERNETES.build(say)
    home.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time():
        cluster = Cluster(Plan(home.resolve(), network.claim(), program))
        try:
            _prepare(cluster.plan)
            cluster.holder = namespaces.start(cluster.plan, cluster.manager.command(), stays=stays)
            cluster.manager.wait_until_it_answers()
            _connect(cluster.plan)
        except BaseException:
            cluster.remove()
            raise
    return cluster


@contextmanager
def temporary(say: Say) -> Iterator[Cluster]:
    """A cluster for the block, its control plane running."""
    cluster = create(Path(tempfile.mkdtemp(prefix=TEMPORARY)), say, stays=False)
    try:
        cluster.start_control_plane()
        yield cluster
    finally:
        cluster.remove()


def found(home: Path) -> Cluster | None:
    """Return the cluster whose folder this is, whether it runs or not."""
    plan = load(home.resolve())
    return Cluster(plan) if plan else None


def sweep() -> None:
    """Remove what clusters left that were not allowed to end: routes, cgroups, temporary folders."""
    with _one_at_a_time():
        for block in network.claimed():
            if not network.is_connected(block.link):
                network.release(block)
        for name in cgroups.names():
            if not network.is_connected(name):
                cgroups.remove(name)
        for home in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*"):
            left = found(home)
            if left is not None and not left.runs():
                shutil.rmtree(home)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Hold off others on this machine, so that a cluster that is being made does not look abandoned."""
    with (Path(tempfile.gettempdir()) / "cellhub-clusters.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare(plan: Plan) -> None:
    for folder in (plan.logs, plan.settings, plan.volumes):
        folder.mkdir(exist_ok=True)
    plan.save()
    certificates.write_all(plan.certificates, plan.block)
    kubeconfigs.write_all(plan)
    cgroups.make(plan.name)


def _connect(plan: Plan) -> None:
    process = namespaces.first_process(plan)
    if process is None:
        raise Problem(f"the cluster ended at once; see {plan.logs}")
    network.connect(plan.block, process)
