#!/bin/sh
# Debian's compiler, linker and dlltool for Windows with MinGW's ABI, and the libraries that go into what they
# link: zig would compile them first, 390 files of C.
#
#   sh scripts/cross/mingw.sh DIR      then DIR/root/usr/bin is for PATH
set -eu
folder=$(cd "$1" && pwd)
. "$(dirname "$0")/debian.sh"
debian_apt "$folder/apt"
debian_unpack "$folder/apt" "$folder/root" gcc-mingw-w64-x86-64-win32 mingw-w64-x86-64-dev mingw-w64-common binutils-mingw-w64-x86-64
rm -rf "$folder/apt"

# As its packages do when they are configured.
ln -s x86_64-w64-mingw32-gcc-win32 "$folder/root/usr/bin/x86_64-w64-mingw32-gcc"
