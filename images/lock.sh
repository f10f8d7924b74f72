#!/bin/sh
# Write images/requirements.txt: what the image `cellhub` has from PyPI, each with its hashes.
#
# usage: lock.sh [--upgrade]
#
# A version that still fits stays; --upgrade takes the newest of all.
set -eu

cd "$(dirname "$0")/.."
lock=images/requirements.txt
tool=var/lock
[ -x $tool/bin/uv ] || { python3 -m venv $tool && $tool/bin/pip install --quiet 'uv~=0.13.9'; }
$tool/bin/uv pip compile setup.py --extra web --extra worker --extra agent --extra operator --extra embedded \
    --generate-hashes --python-version 3.11 --no-header --no-annotate --quiet --native-tls "$@" --output-file $lock
echo "images: $(grep -c == $lock) packages in $lock"
