#!/bin/sh
# Make the image that ours are built on, where no registry can be asked for debian:SUITE-slim.
#
# usage: build-base.sh SUITE
#
# It is what that image is: the packages of debootstrap's variant minbase, without manuals and
# translations, and with security updates where the suite has them. It is kept in the cache as a
# tar of its root, and made again when this script changes. The last line printed is the file.
set -eu

suite=$1
mirror=${CELLHUB_DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${CELLHUB_DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
# Testing gets its security updates by itself, and their suites are empty until it is released.
testing=forky

say() { echo "images: $*"; }
die() { echo "images: $*" >&2; exit 1; }

need_tools() {
    [ "$(id -u)" = 0 ] || die "needs root, for debootstrap and chroot"
    for tool in debootstrap chroot flock sha256sum tar; do
        command -v "$tool" >/dev/null || die "$tool is not installed: apt-get install $tool"
    done
}

bootstrap() {
    say "unpacking Debian $suite"
    # An older debootstrap does not know every suite's name; all since sid are built alike.
    debootstrap --variant=minbase "$suite" "$1" "$mirror" /usr/share/debootstrap/scripts/sid >"$1.log" 2>&1 \
        || die "debootstrap failed; the end of $1.log: $(tail -n 3 "$1.log")"
}

settle_packaging() {
    # Nothing may start by itself, and a mirror's index may be past its date.
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
    cat >"$1/etc/apt/apt.conf.d/99cellhub" <<CONF
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
APT::Install-Recommends "false";
CONF
    # As in Debian's slim images; the copyright of each package stays.
    cat >"$1/etc/dpkg/dpkg.cfg.d/slim" <<CONF
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/groff/*
path-exclude /usr/share/info/*
path-exclude /usr/share/linda/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
CONF
    echo "deb $mirror $suite main" >"$1/etc/apt/sources.list"
    if [ "$suite" != "$testing" ]; then
        echo "deb $mirror $suite-updates main" >>"$1/etc/apt/sources.list"
        echo "deb $security $suite-security main" >>"$1/etc/apt/sources.list"
    fi
}

update() {
    say "updating it"
    { chroot "$1" apt-get update -qq && DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get upgrade -y -qq; } \
        >>"$1.log" 2>&1 || die "apt-get failed; the end of $1.log: $(tail -n 3 "$1.log")"
}

slim() {
    for folder in groff info linda lintian locale man; do
        rm -rf "$1/usr/share/$folder"
    done
    find "$1/usr/share/doc" -mindepth 1 ! -type d ! -name copyright -delete
    find "$1/usr/share/doc" -mindepth 1 -type d -empty -delete
    find "$1/var/log" "$1/var/cache/apt" "$1/var/lib/apt/lists" -type f -delete
    rm -f "$1/etc/resolv.conf" "$1/etc/hostname" "$1/etc/machine-id" "$1/var/cache/ldconfig/aux-cache"
    touch "$1/etc/machine-id"
}

pack() {
    tar -C "$1" --numeric-owner --one-file-system --sort=name --exclude='./dev/*' -cf "$1.tar" .
    rm -rf --one-file-system "$1"
    mv "$1.tar" "$2"
    rm -f "$1.log"
}

need_tools
fingerprint=$(sha256sum <"$0" | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cellhub
target=$cache/base-$suite-$fingerprint.tar
mkdir -p "$cache"
exec 9>"$target.lock"
flock 9
if [ ! -f "$target" ]; then
    partial=$target.partial
    rm -rf --one-file-system "$partial" "$partial.tar" "$partial.log"
    mkdir "$partial"
    bootstrap "$partial"
    settle_packaging "$partial"
    update "$partial"
    slim "$partial"
    pack "$partial" "$target"
    say "made it: $(du -m "$target" | cut -f1) MB"
fi
echo "$target"
