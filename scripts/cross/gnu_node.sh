#!/bin/sh
# The libraries of glibc that Node needs on arm64, for qemu-aarch64-static to find below DIR/root.
#
#   sh scripts/cross/gnu_node.sh DIR
set -eu
folder=$(cd "$1" && pwd)
. "$(dirname "$0")/debian.sh"
debian_apt "$folder/apt"
debian_unpack "$folder/apt" "$folder/root" libc6:arm64 libgcc-s1:arm64 libstdc++6:arm64 libatomic1:arm64
rm -rf "$folder/apt"
