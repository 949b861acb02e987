# What the installers of tests and benchmarks share: installing Debian's packages
# without starting their services, and npm's by a lock file. To be sourced, with
# who (for messages) and services (that come with the packages) set.

say() { printf '%s\n' "$who: $*"; }

die() {
	printf '%s\n' "$who: $*" >&2
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

# install_npm puts what a folder's package-lock.json pins into another folder.
install_npm() {
	cmp -s "$1/package-lock.json" "$2/installed-lock.json" && return 0
	say "installing from npm what $(basename "$1") needs"
	rm -rf "$2"
	mkdir -p "$2"
	cp "$1/package.json" "$1/package-lock.json" "$2/"
	(cd "$2" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error) ||
		die "cannot install what $(basename "$1") needs: npm ci failed"
	# Last, so that an interrupted run is not taken for a finished one.
	cp "$1/package-lock.json" "$2/installed-lock.json"
}

# install_missing installs those of the packages that are not there.
install_missing() {
	# shellcheck disable=SC2046 # package names hold no blanks: the words are meant
	set -- $(command -v dpkg-query >/dev/null 2>&1 && missing_packages "$@" || printf '%s ' "$@")
	[ $# -eq 0 ] || install_packages "$@"
}
