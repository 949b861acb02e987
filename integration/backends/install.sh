#!/bin/sh
# Installs the real programs that the tests behind the build tag "backends"
# talk to: Debian's packages through apt, json-server through npm at the version
# that jsonserver/package-lock.json pins. None of them is changed, and none of
# their services is started. A second run only looks, and takes no time.
set -eu

packages="docker-registry skopeo prometheus redis-server chromium fonts-liberation
	python3-fastapi python3-uvicorn uvicorn python3-sqlalchemy
	python3-django python3-djangorestframework"
services="docker-registry prometheus redis-server"

who=backends
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# shellcheck source=integration/install-lib.sh
. "$here/../install-lib.sh"

command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"

# shellcheck disable=SC2086 # package names hold no blanks: the words are meant
install_missing $packages
install_npm "$here/jsonserver" "$here/.node"
say "all installed"
