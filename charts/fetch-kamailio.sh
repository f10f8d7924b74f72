#!/bin/sh
# Fetch Debian's Kamailio, installing nothing, to check the edge's configuration by; print its folder.
set -eu

target=${XDG_CACHE_HOME:-$HOME/.cache}/cellhub/kamailio
die() { echo "kamailio: $*" >&2; exit 1; }

if [ ! -d "$target" ]; then
    command -v apt-get >/dev/null || die "needs Debian's apt-get"
    draft=$target.$$
    trap 'rm -rf "$draft"' EXIT
    mkdir -p "$draft/root"
    (cd "$draft" && apt-get -qq download kamailio >/dev/null 2>&1) || die "apt-get could not download it"
    dpkg -x "$draft"/*.deb "$draft/root"
    mv "$draft/root" "$target"
fi
echo "$target"
