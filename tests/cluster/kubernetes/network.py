"""The cluster's addresses, and the virtual cable between it and this machine.

A cluster has a block of addresses out of 198.18.0.0/15, which is set aside for tests of devices
and so belongs to no other network. The block is claimed by a route that makes it unreachable,
at the lowest priority: while the cable is there, packets take the cable; when the cluster is gone
they go nowhere, instead of leaving by the machine's default route.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from cellhub.local.problem import Problem
from tests.cluster.kubernetes.commands import run, succeeds

RANGE = IPv4Network("198.18.0.0/15")
BLOCK_PREFIX = 18
PART_PREFIX = 20
LOWEST_PRIORITY = "4294967295"
NODE_LINK = "machine"
"""The cable's end in the cluster, named for what is at its other end."""


@dataclass(frozen=True, slots=True)
class Block:
    """The addresses of one cluster: four parts of 4,096: the cable's, the pods', the services', a spare."""

    network: IPv4Network

    @property
    def machine(self) -> IPv4Address:
        """This machine, as the cluster sees it."""
        return self.network[1]

    @property
    def node(self) -> IPv4Address:
        """The node, and the API server."""
        return self.network[2]

    @property
    def pods(self) -> IPv4Network:
        """The pods."""
        return self._part(1)

    @property
    def services(self) -> IPv4Network:
        """The services; the first one is the API server."""
        return self._part(2)

    @property
    def link(self) -> str:
        """The name of the cable's end on this machine."""
        return f"cellhub-{_number(self.network)}"

    def _part(self, index: int) -> IPv4Network:
        return list(self.network.subnets(new_prefix=PART_PREFIX))[index]


def claim() -> Block:
    """Claim a block that no route of this machine leads to; :func:`release` gives it back.

    Raises:
        Problem: all are taken.
    """
    taken = list(_routed())
    for network in RANGE.subnets(new_prefix=BLOCK_PREFIX):
        free = not any(network.overlaps(other) for other in taken)
        if free and succeeds("ip", "route", "add", *_refusal(network)):
            return Block(network)
    raise Problem(f"every block of {RANGE} is taken: see ip route")


def release(block: Block) -> None:
    """Give a block back; its cable goes with the cluster's namespace."""
    succeeds("ip", "link", "delete", block.link)
    succeeds("ip", "route", "delete", *_refusal(block.network))


def connect(block: Block, process: int) -> None:
    """Lay the cable between this machine and the network namespace of a process."""
    inside = ("nsenter", "--net", "--target", str(process), "ip")
    peer = ("peer", "name", NODE_LINK, "netns", str(process))
    run("ip", "link", "add", block.link, "type", "veth", *peer)
    run("ip", "address", "add", f"{block.machine}/30", "dev", block.link)
    run("ip", "link", "set", block.link, "up")
    run(*inside, "address", "add", f"{block.node}/30", "dev", NODE_LINK)
    run(*inside, "link", "set", NODE_LINK, "up")
    run("ip", "route", "add", str(block.network), "via", str(block.node), "dev", block.link)


def claimed() -> list[Block]:
    """Return the blocks that are claimed."""
    refused = [IPv4Network(route["dst"]) for route in _routes() if route.get("type") == "unreachable"]
    return [Block(network) for network in refused if network.subnet_of(RANGE)]


def is_connected(name: str) -> bool:
    """Say whether there is a cable of this name: it is there as long as its cluster lives."""
    return succeeds("ip", "link", "show", "dev", name)


def _routed() -> Iterator[IPv4Network]:
    for route in _routes():
        if route["dst"] != "default":
            yield IPv4Network(route["dst"])


def _routes() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(run("ip", "-4", "-json", "-details", "route", "show"))
    return found


def _refusal(network: IPv4Network) -> tuple[str, ...]:
    return ("unreachable", str(network), "metric", LOWEST_PRIORITY)


def _number(network: IPv4Network) -> int:
    return (int(network[0]) - int(RANGE[0])) // network.num_addresses
