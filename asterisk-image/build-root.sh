#!/bin/sh
# Build the folder in which Asterisk runs on one machine, for cellhub.switch.process to chroot into.
#
# usage: build-root.sh [TARGET]
#
# Without TARGET it is $XDG_CACHE_HOME/cellhub/softswitch-HASH, HASH standing for the package list,
# the files of rootfs/ and this script. A folder that is there is complete: it is built beside its
# place and renamed last. The last line printed is the folder.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
suite=forky
mirror=${CELLHUB_DEBIAN_MIRROR:-http://deb.debian.org/debian}

say() { echo "softswitch: $*"; }
die() { echo "softswitch: $*" >&2; exit 1; }

fingerprint() {
    (cd "$here" && cat packages.txt build-root.sh rootfs/usr/local/bin/*) | sha256sum | cut -c1-12
}

need_tools() {
    [ "$(id -u)" = 0 ] || die "needs root, for debootstrap and chroot"
    for tool in debootstrap chroot flock sha256sum; do
        command -v "$tool" >/dev/null || die "$tool is not installed: apt-get install $tool"
    done
}

bootstrap() {
    say "unpacking Debian $suite"
    # An older debootstrap does not know the suite's name; every suite since sid is built alike.
    debootstrap --variant=minbase "$suite" "$1" "$mirror" /usr/share/debootstrap/scripts/sid >"$1.log" 2>&1 \
        || die "debootstrap failed; the end of $1.log: $(tail -n 3 "$1.log")"
    # The mirror's index may be past its date, and nothing may start by itself in there.
    printf 'Acquire::Check-Valid-Until "false";\nAcquire::Languages "none";\n' >"$1/etc/apt/apt.conf.d/99cellhub"
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$(uname -n)" >"$1/etc/hosts"
    touch "$1/etc/resolv.conf"
}

install_packages() {
    packages=$(grep -v '^#' "$here/packages.txt" | tr '\n' ' ')
    say "installing $packages"
    # shellcheck disable=SC2086  # a list of words
    chroot "$1" asterisk-packages $packages >>"$1.log" 2>&1 \
        || die "apt-get failed; the end of $1.log: $(tail -n 3 "$1.log")"
}

add_account() {
    chroot "$1" asterisk-account >>"$1.log" 2>&1 || die "asterisk-account failed; see $1.log"
}

need_tools
target=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/cellhub/softswitch-$(fingerprint)}
mkdir -p "$(dirname "$target")"
# Two that start at once build one folder, and the second finds it ready.
exec 9>"$target.lock"
flock 9
if [ -d "$target" ]; then
    say "already built"
    echo "$target"
    exit 0
fi
partial=$target.partial
rm -rf --one-file-system "$partial" "$partial.log"
mkdir "$partial"
bootstrap "$partial"
cp -R "$here/rootfs/." "$partial/"
install_packages "$partial"
add_account "$partial"
mv "$partial" "$target"
rm -f "$partial.log"
say "built with $(chroot "$target" asterisk -V)"
echo "$target"
