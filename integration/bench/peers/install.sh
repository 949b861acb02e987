#!/bin/sh
# Installs the peers that the benchmarks compare with: Debian's packages through
# apt, json-mask through npm at the version that node/package-lock.json pins. None
# of their services is started. A second run only looks, and takes no time.
set -eu

packages="nginx libnginx-mod-http-lua lua-cjson jq curl"
services="nginx"

who=peers
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# shellcheck source=integration/install-lib.sh
. "$here/../../install-lib.sh"

command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"

# shellcheck disable=SC2086 # package names hold no blanks: the words are meant
install_missing $packages
install_npm "$here/node" "$here/.node"
say "all installed"
