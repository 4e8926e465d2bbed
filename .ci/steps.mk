# The steps of .ci/run: what each runs, and which come before it. make takes those that can begin in this
# order, some at a time, and prints what a step said when it has ended.

target := $(shell node -p 'require("./scripts/targets.js").hostTarget()')
version := $(shell node -p 'require("./package.json").version')

# As users get it: the package itself, and this machine's binary.
tarballs := '$(CURDIR)/dist/lakebase-token-$(version).tgz' '$(CURDIR)/dist/lakebase-token-$(target)-$(version).tgz'

SHELL := .ci/step
.SHELLFLAGS = $@
.ONESHELL:

others := linux-arm64-gnu linux-x64-musl win32-x64-msvc
steps := programs modules tarballs check binaries test next layouts hostile drivers runtimes bundlers testing-chapter telemetry migrating bench soak peers demo release lints
# By name; `npm run release:dry-run -- all` has them too.
named := containers
export URGENT := programs modules tarballs check binaries release lints
.PHONY: all $(steps) $(named)
all: $(steps)

# Debian's: psql, Redis, a browser, arm64 by emulation, Python's environments (which bring Databricks' SDK
# and zig, with which two steps link).
programs:
	missing=()
	command -v psql >/dev/null || missing+=(postgresql-client)
	command -v redis-server >/dev/null || missing+=(redis-server)
	command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
	command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
	python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
	((!$${#missing[@]})) || {
	  apt-get update -qq
	  apt-get install -qq -y --no-install-recommends "$${missing[@]}" >/dev/null
	}
	node -e 'require("./scripts/cross/tools.js").zig()'

modules:
	npm ci --ignore-scripts
	npm rebuild

# A release's tarballs for this machine, with which everything is checked that needs any. Its binary is
# the addon of the checkout as well; __test__/build.test.ts has how `npm run build` makes that.
tarballs: programs
	npm run build:release
	npm run pack
	cp dist/binaries/lakebase-token.$(target).node .

# Formatting, lints, types, links.
check: modules
	npm run check

# The README's own command. Not beside `check`, with which it shares cargo's folder.
test: programs check tarballs
	npm test

# Of other platforms, in a folder of their own. One after another, for they share Debian's Rust and what
# it has compiled.
binaries: programs check
	for name in $(others); do
	  SECONDS=0
	  LAKEBASE_TOKEN_DIST=target/dry-run npm run build:release -- "$$name"
	  echo "$$SECONDS s"
	done

# A release without its publication, of binaries that are there: arm64 by emulation, musl on its own Node,
# Windows in Wine.
release: tarballs binaries
	npm run check:package
	LAKEBASE_TOKEN_DIST=target/dry-run npm run release:dry-run -- $(others)

# The lines that are compiled for macOS or Windows alone, beside which nothing else is compiled.
lints: binaries
	npm run lint:targets

# Next.js: dev, build, start and standalone, with both bundlers; the example in a browser.
next: programs check tarballs
	npm ci --ignore-scripts --prefix e2e/next
	npm run check --prefix e2e/next

# npm, pnpm and yarn, out of a registry; a workspace.
layouts: modules tarballs
	npm ci --ignore-scripts --prefix e2e/layouts
	npm run check --prefix e2e/layouts

# Hostile workspaces, TLS servers and proxies.
hostile: modules tarballs
	npm run check --prefix e2e/hostile -- $(tarballs)

# Drivers and ORMs through a renewal and an outage.
drivers: modules tarballs
	npm ci --ignore-scripts --prefix examples/drivers
	cd examples/drivers
	npm install --no-save --ignore-scripts $(tarballs)
	npm run check

# Node 20 to 26, Bun and Deno.
runtimes: modules tarballs
	npm ci --ignore-scripts --prefix e2e/runtimes
	npm run check --prefix e2e/runtimes -- $(tarballs)

# What bundlers make of it, and test runners with realms of their own.
bundlers: modules tarballs
	npm ci --ignore-scripts --prefix e2e/bundlers
	npm run check --prefix e2e/bundlers -- $(tarballs)

# The README's testing chapter, with vitest 4 and 5.
testing-chapter: modules tarballs
	npm run check --prefix e2e/vitest-app -- $(tarballs)

# The instrumentation with the SDKs of OpenTelemetry.
telemetry: modules tarballs
	npm run check --prefix e2e/telemetry -- $(tarballs)

# Apps with the official client and with the recipe, before and after docs/migrating.md.
migrating: modules tarballs
	npm run check --prefix e2e/migrating -- $(tarballs)

# The benchmark, shortened. After `test`, which has compiled the simulation.
bench: test
	npm run bench -- --quick

# The clients that Databricks publishes, for npm and Python, against the emulator.
peers: modules tarballs
	npm ci --ignore-scripts --prefix e2e/peers
	npm run check --prefix e2e/peers

demo: modules tarballs
	npm run demo

# The server's Dockerfile on Debian and on Alpine, with the release's tarballs. That of Next.js is for
# `release:dry-run -- all`, which builds it twice.
containers: release
	command -v buildah >/dev/null && python3 -c 'import pip' 2>/dev/null || {
	  apt-get update -qq
	  apt-get install -qq -y --no-install-recommends buildah python3-pip >/dev/null
	}
	LAKEBASE_TOKEN_DIST=target/dry-run npm run check --prefix e2e/containers -- --only examples/server

# A minute of mixed load in one process, of which nothing may be left.
soak: programs modules tarballs
	node scripts/soak/main.mjs
