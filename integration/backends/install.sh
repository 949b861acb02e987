#!/bin/sh
# Installs the real backends that the tests behind the build tag "backends"
# talk to: Debian's packages through apt, json-server through npm at the version
# that jsonserver/package-lock.json pins. None of them is changed, and none of
# their services is started. A second run only looks, and takes no time.
set -eu

packages="docker-registry skopeo prometheus
	python3-fastapi python3-uvicorn uvicorn python3-sqlalchemy
	python3-django python3-djangorestframework"
services="docker-registry prometheus"

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
node_dir=$here/.node

say() { printf '%s\n' "backends: $*"; }

die() {
	printf '%s\n' "backends: $*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		die "need root or sudo to run: $*"
	fi
}

# missing_packages prints those of its arguments that are not installed.
missing_packages() {
	for package in "$@"; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true) in
		installed) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

# Packages of servers start them at once, on ports that others may use and with
# data nobody asked for. A policy of our own keeps them down while we install;
# one that is there already is the administrator's, and stays.
policy=/usr/sbin/policy-rc.d
own_policy=

forbid_services() {
	[ -e "$policy" ] && return 0
	own_policy=yes
	printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
	as_root chmod 755 "$policy"
}

allow_services() {
	[ -z "$own_policy" ] || as_root rm -f "$policy"
	own_policy=
}

# disable_services keeps what came with the packages just installed from
# starting at the next boot. Services that were here before are not ours.
disable_services() {
	[ -d /run/systemd/system ] || return 0
	for service in $services; do
		case " $* " in
		*" $service "*) as_root systemctl disable --now "$service" >/dev/null 2>&1 || true ;;
		esac
	done
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

install_packages() {
	command -v apt-get >/dev/null 2>&1 ||
		die "no apt-get here: install these yourself (Debian's names): $*"
	say "installing $*"
	trap allow_services EXIT
	trap 'exit 1' HUP INT TERM
	forbid_services
	# The lists may be absent or old: then the first try fails, and is worth a second.
	apt install -y --no-install-recommends "$@" ||
		{ apt update && apt install -y --no-install-recommends "$@"; } ||
		die "cannot install: $*"
	allow_services
	disable_services "$@"
}

install_json_server() {
	cmp -s "$here/jsonserver/package-lock.json" "$node_dir/installed-lock.json" && return 0
	say "installing json-server from npm"
	rm -rf "$node_dir"
	mkdir -p "$node_dir"
	cp "$here/jsonserver/package.json" "$here/jsonserver/package-lock.json" "$node_dir/"
	(cd "$node_dir" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error) ||
		die "cannot install json-server: npm ci failed"
	# Last, so that an interrupted run is not taken for a finished one.
	cp "$here/jsonserver/package-lock.json" "$node_dir/installed-lock.json"
}

command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"

# shellcheck disable=SC2046,SC2086 # package names hold no blanks: the words are meant
set -- $(command -v dpkg-query >/dev/null 2>&1 && missing_packages $packages || printf '%s ' $packages)
[ $# -eq 0 ] || install_packages "$@"
install_json_server
say "all installed"
