#!/bin/sh
# Installs the HTTP clients that the tests behind the build tag "backends" run:
# Node.js through apt where there is none, the clients through npm at the versions
# that node/package-lock.json pins, those of Go as go/go.mod pins them, and those of
# Python and Ruby, and gh, as Debian has them. A second run only looks, and takes no
# time.
set -eu

packages="python3-github python3-gitlab python3-pynetbox python3-stripe
	ruby-octokit gh"
services=

who=clients
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# shellcheck source=integration/install-lib.sh
. "$here/../install-lib.sh"

command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"

# shellcheck disable=SC2086 # package names hold no blanks: the words are meant
install_missing $packages
install_npm "$here/node" "$here/.node"
# Where Node.js looks for what the programs in node import.
ln -sfn .node/node_modules "$here/node_modules"
# The tests build it again, which takes a second once its libraries are compiled.
(cd "$here/go" && go build -o /dev/null .) || die "cannot build the program with the libraries of Go"
say "all installed"
