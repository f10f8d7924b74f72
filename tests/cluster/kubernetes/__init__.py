"""A whole Kubernetes on this machine, made from package registries alone, that leaves nothing behind.

The parts are real: etcd, API server, controller manager, scheduler, and a node of containerd,
kubelet and kube-proxy. All but containerd are one binary (``binary.py``), built from Go modules.

One process holds everything (``namespaces.py``): the first of its own process, mount and network
namespaces. When it ends, the kernel ends every process of the cluster and takes its mounts and
links away. Only a folder, some cgroups and two routes are outside; ``cluster.py`` removes them.

The network namespace has no default route (``network.py``), so nothing in the cluster reaches
another machine. This machine reaches the node, the pods and the services by one virtual cable.
"""
