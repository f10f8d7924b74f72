#!/bin/sh
# Build the images as OCI archives, var/images/NAME.tar, with a list of what is in each beside it.
#
# usage: build.sh [NAME...]
#
# Without NAME all three. Needs root and buildah, and neither a container engine nor a registry: the
# bases are made by build-base.sh. `ctr images import` and `skopeo copy` take the archives.
set -eu

cd "$(dirname "$0")/.."
out=var/images
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cellhub/buildah
version=$(sed -n 's/^appVersion: *//p' charts/cellhub/Chart.yaml)
trusted=/etc/ssl/certs/ca-certificates.crt

say() { echo "images: $*"; }
die() { echo "images: $*" >&2; exit 1; }

# Each image's Debian and its folder.
suite_of() {
    case $1 in
        cellhub) echo bookworm ;;
        cellhub-asterisk | cellhub-janus) echo forky ;;
        *) die "no image is called $1; there are cellhub, cellhub-asterisk and cellhub-janus" ;;
    esac
}

folder_of() {
    case $1 in
        cellhub) echo . ;;
        cellhub-*) echo "${1#cellhub-}-image" ;;
    esac
}

# $1 image, $2 a format of git: the last commit that touched its sources. An image whose sources did
# not change stays the same to the byte, and no pod is replaced for it.
last_commit() {
    case $1 in
        cellhub) set -- "$2" Dockerfile agi cellhub images/requirements.txt migrations operator pyproject.toml setup.py ;;
        *) set -- "$2" "$(folder_of "$1")" ;;
    esac
    format=$1
    shift
    git log -1 --format="$format" -- "$@" 2>/dev/null || true
}

builder() { buildah --root "$cache" --runroot "/run/cellhub-buildah" "$@"; }

need_tools() {
    [ "$(id -u)" = 0 ] || die "needs root, for chroot; elsewhere: docker build, as images/README.md tells"
    for tool in buildah python3; do
        command -v "$tool" >/dev/null || die "$tool is not installed: apt-get install $tool"
    done
}

# $1 suite: the name of its base image, which is taken in unless it is there.
base_of() {
    archive=$(images/build-base.sh "$1" | tail -n 1)
    name=localhost/$(basename "$archive" .tar | sed 's/-\([0-9a-f]*\)$/:\1/')
    if ! builder inspect --type image "$name" >/dev/null 2>&1; then
        container=$(builder from scratch)
        builder add --quiet "$container" "$archive" / >/dev/null
        builder commit --quiet --rm --timestamp 0 "$container" "$name" >/dev/null
    fi
    echo "$name"
}

# Nothing but the sources is taken from this machine, but whom it trusts in TLS.
build() {
    builder bud --isolation chroot --format oci --layers --timestamp "$made" \
        --secret "id=trusted,src=$trusted" --build-arg PIP_CERT=/mnt/trusted.crt \
        --build-arg BASE="$2" --label "org.opencontainers.image.version=$version" \
        --label "org.opencontainers.image.revision=$(last_commit "$1" %H)" \
        --tag "localhost/$1:$version" "$(folder_of "$1")"
}

# Containers' tools name what comes from no registry so.
pack() {
    rm -f "$out/$1.tar"
    builder push --quiet "localhost/$1:$version" "oci-archive:$out/$1.tar:docker.io/library/$1:$version"
}

list_parts() {
    container=$(builder from "localhost/$1:$version")
    root=$(builder mount "$container")
    python3 images/parts.py "$root" --name "$1" --version "$version" --made "$made" >"$out/$1.cdx.json"
    unpacked=$(du -smx "$root" | cut -f1)
    builder rm "$container" >/dev/null
}

need_tools
mkdir -p "$out"
for name in ${@:-cellhub cellhub-asterisk cellhub-janus}; do
    suite=$(suite_of "$name")
    log=$out/$name.log
    made=$(last_commit "$name" %ct)
    made=${made:-$(date +%s)}
    say "building $name:$version"
    base=$(base_of "$suite")
    build "$name" "$base" >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "it failed; all of it is in $log"; }
    pack "$name" >>"$log" 2>&1 || die "it could not be packed; see $log"
    list_parts "$name"
    parts=$(grep -c '"purl"' "$out/$name.cdx.json")
    say "$out/$name.tar: $(du -m "$out/$name.tar" | cut -f1) MB, unpacked $unpacked MB, $parts packages"
done
