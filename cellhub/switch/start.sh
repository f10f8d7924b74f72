#!/bin/sh
# Become Asterisk, or its pooler, inside Asterisk's own root folder. Called by cellhub.switch.process within a mount
# namespace of its own, so every mount below vanishes with the process and none is seen outside.
#
# usage: start.sh ROOT CONFIG SPOOL LOGS RUN USER DESCRIPTORS PROGRAM [ARGUMENT ...]
set -eu
root=$1 config=$2 spool=$3 logs=$4 run=$5 user=$6 descriptors=$7
shift 7

# The machine's name must resolve, or every call waits on a look-up.
{ cat /etc/hosts; echo "127.0.1.1 $(uname -n)"; } >"$run/hosts.$$"
mv "$run/hosts.$$" "$run/hosts"

mount --bind "$config" "$root/etc/asterisk"
mount -o remount,bind,ro,nosuid,nodev,noexec "$root/etc/asterisk"
mount --bind "$spool" "$root/var/spool/cellhub"
mount --bind "$logs" "$root/var/log/asterisk"
mount --bind "$run" "$root/run/asterisk"
mount --bind "$run/hosts" "$root/etc/hosts"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
mount --rbind /dev "$root/dev"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"

ulimit -n "$descriptors"
umask 027
exec chroot --userspec="$user:$user" --groups="" "$root" /usr/bin/env -i \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/run/asterisk ODBCSYSINI=/etc/asterisk \
    "$@"
