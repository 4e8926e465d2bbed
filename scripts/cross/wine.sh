#!/bin/sh
# Wine 10, of Debian's trixie, with all that it needs: its root in DIR/root, its Windows in DIR/prefix.
# wine_node.sh runs it.
#
#   sh scripts/cross/wine.sh DIR
set -eu
folder=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"
debian_apt "$folder/apt" trixie
apt-get install -y --download-only -qq wine64 >/dev/null
for package in "$folder/apt/cache/archives"/*.deb; do dpkg -x "$package" "$folder/root"; done
rm -rf "$folder/apt"

cd "$folder/root"
for link in bin lib lib64 sbin; do [ -e $link ] || ln -s usr/$link $link; done
mkdir -p tmp proc dev root
# What its packages do as they are configured: mark zlib1.dll as Wine's own.
zlib=usr/x86_64-w64-mingw32/lib/zlib1.dll
{
  head -c 64 $zlib
  printf 'Wine builtin DLL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
  tail -c +97 $zlib
} >usr/lib/x86_64-linux-gnu/wine/x86_64-windows/zlib1.dll
# Nothing here has 32 bits.
rm -rf usr/lib/x86_64-linux-gnu/wine/i386-windows usr/share/doc
bash "$here/wine_node.sh" "$folder" wineboot --init
