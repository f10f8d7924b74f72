#!/bin/sh
# Make the mounts of a cluster, then become its process manager; run as the first process of
# its own process, mount and network namespaces.
#
# usage: enter.sh HOME COMMAND [ARGUMENT...]
#
# Programs write to places that no option moves. In here those places are covered: what they
# write ends up below HOME, or nowhere, and the machine's own files stay as they are.
set -eu

home=$1
shift

# Process ids are our own from here on.
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run

for place in lib log; do
    over=$home/over/$place
    mkdir -p "$over/upper" "$over/work"
    mount -t overlay -o "lowerdir=/var/$place,upperdir=$over/upper,workdir=$over/work" overlay "/var/$place"
done

# The kubelet sets these for the whole machine, to values that let a machine panic sooner. It is
# content to find them set.
mkdir -p "$home/over/sysctl"
while read -r name value; do
    echo "$value" >"$home/over/sysctl/$name"
    mount --bind "$home/over/sysctl/$name" "/proc/sys/$(echo "$name" | tr . /)"
done <<END
vm.overcommit_memory 1
kernel.panic 10
kernel.panic_on_oops 1
kernel.keys.root_maxkeys 1000000
kernel.keys.root_maxbytes 25000000
END

# A pod may ask for the mounts of its node: they must be shared, though with nobody outside.
mount --make-rshared /

ip link set lo up
exec "$@"
