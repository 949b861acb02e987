#!/bin/sh
# Builds, runs, tests and measures caddy-paginate on a machine with Go and a shell.
set -eu

cd "$(dirname "$0")"
module=github.com/caddy-paginate/caddy-paginate

usage() {
	cat <<-'USAGE'
		usage: ./xcaddy.sh <verb>

		  build [--with <plugin>]...  write ./caddy: Caddy with this module, and other plugins where xcaddy is installed
		  run                         start Caddy with Caddyfile.example, in front of LEGACY_URL or of a demo API
		  test [<package>]...         install what the tests need and run them all, or those of some packages
		  bench                       measure memory and speed (see integration/bench)
		  bench engines [-count <n>]  measure the list engine beside other libraries (see integration/bench/engines)
	USAGE
}

say() { printf 'xcaddy.sh: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

build() {
	if command -v xcaddy >/dev/null; then
		# The root holds no package, so --with names the module's and --replace its root.
		xcaddy build "$(go list -m -f '{{.Version}}' github.com/caddyserver/caddy/v2)" \
			--with "$module/caddymodule" --replace "$module=$PWD" --output caddy "$@"
		return
	fi
	[ $# -eq 0 ] || die "'$*' needs xcaddy: go install github.com/caddyserver/xcaddy/cmd/xcaddy@latest"
	say "building ./caddy (the first time takes minutes)"
	# The tags are those of Caddy's own releases: they leave unused databases out.
	go build -trimpath -ldflags '-s -w' -tags nobadger,nomysql,nopgx -o caddy ./caddymodule/cmd/caddy
}

# stale tells whether ./caddy is missing or older than what it is made of.
stale() {
	[ ! -x caddy ] || [ -n "$(find go.mod go.sum rewrite caddymodule -name '*_test.go' -o -type f -newer caddy -print | head -n 1)" ]
}

# stop_children ends what run started. Both end cleanly on TERM.
stop_children() {
	trap - EXIT INT TERM HUP
	for pid in ${caddy_pid:-} ${legacy_pid:-}; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$scratch"
}

# start_legacy starts the demo API on a port that the kernel chooses, and tells
# Caddyfile.example about it.
start_legacy() {
	go build -o "$scratch/legacyapi" ./integration/legacyapi/cmd/legacyapi
	"$scratch/legacyapi" -listen 127.0.0.1:0 >"$scratch/url" &
	legacy_pid=$!
	until [ -s "$scratch/url" ]; do
		kill -0 "$legacy_pid" 2>/dev/null || die "the demo legacy API did not start"
		sleep 0.1
	done
	LEGACY_URL=$(cat "$scratch/url")
	export LEGACY_URL
	say "LEGACY_URL is not set: started the demo legacy API at $LEGACY_URL"
}

# await waits until something answers at a URL; without curl nobody knows.
await() {
	command -v curl >/dev/null || return 0
	until curl -s -o /dev/null --max-time 2 "$1"; do
		kill -0 "$caddy_pid" 2>/dev/null || return 0
		sleep 0.1
	done
}

run() {
	if stale; then build; fi
	scratch=$(mktemp -d)
	trap stop_children EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	[ -n "${LEGACY_URL:-}" ] || start_legacy

	site=http://localhost:${PORT:-8080}
	./caddy run --config Caddyfile.example &
	caddy_pid=$!
	await "$site/"
	if kill -0 "$caddy_pid" 2>/dev/null; then
		cat <<-TRY

			Caddy pages $LEGACY_URL/orders. In another terminal, try:

			  curl -i '$site/orders'                    # the first page, and the link to the next
			  curl -s '$site/orders?limit=2&offset=500' # two orders from deep inside
			  curl -i '$site/orders?limit=abc'          # a mistake is named

			The adoption log, who asks for how much, is in ${ADOPTION_LOG:-adoption.log}. Ctrl-C ends it all.

		TRY
	fi
	wait "$caddy_pid"
}

run_tests() {
	race= backends= missing=
	if [ "$(go env CGO_ENABLED)" = 1 ] && command -v "$(go env CC)" >/dev/null; then
		race=-race
	else
		missing="the race detector (it needs cgo and a C compiler)"
	fi
	if sh integration/backends/install.sh && sh integration/clients/install.sh; then
		backends=-tags=backends
	else
		missing="${missing:+$missing, }the tests of real backends and clients (see above what could not be installed)"
	fi
	soak=
	[ $# -gt 0 ] || { soak=$race; set -- ./...; }

	status=0
	go test -timeout 20m $race $backends "$@" || status=$?
	# With the race detector the soak makes a tenth of its requests.
	[ -z "$soak" ] || go test -run '^TestSoakMixed$' ./integration || status=$?

	[ -z "$missing" ] || say "NOT RUN: $missing"
	[ "$status" -eq 0 ] || die "FAILED: see the lines with FAIL above"
	if [ -n "$missing" ] && [ "${CI:-}" = true ]; then die "FAILED: CI has to run everything"; fi
	say "passed${race:+, with the race detector}${backends:+, with real backends and clients}"
}

command -v go >/dev/null || die "Go is not installed: see https://go.dev/dl"
verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
	build) build "$@" ;;
	run) run ;;
	test) run_tests "$@" ;;
	bench)
		if [ "${1:-}" = engines ]; then
			shift
			cd integration/bench/engines # a module of its own
			exec go run . "$@"
		fi
		if stale; then build; fi
		go run ./integration/bench "$@"
		;;
	help | -h | --help) usage ;;
	*) usage >&2; exit 2 ;;
esac
