#!/bin/sh
# Puts Debian's rustc for web browsers, which keeps up with Rust's releases, and its standard library
# of arm64 into a folder: for machines whose own Rust cannot get one. On others, rustup does it:
# `rustup target add aarch64-unknown-linux-gnu`.
#
#   sh scripts/release/debian_rust.sh DIR      then DIR/rustc is the compiler
set -eu
folder=$(cd "$1" && pwd)
. "$(dirname "$0")/debian_packages.sh"
debian_apt "$folder"

version=$(apt-cache policy rustc-web | awk '/Candidate:/ { split($2, part, "."); print part[1] "." part[2] }')
llvm=$(apt-cache depends rustc-web libstd-rust-web-"$version" | grep -o 'libllvm[0-9]*' | sort -u)
std="libstd-rust-web-dev libstd-rust-web-$version"
# shellcheck disable=SC2086
debian_unpack "$folder" rustc-web $llvm $std $(printf '%s:arm64 ' $std)

libraries="$folder/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH):$folder/root/usr/lib"
cat >"$folder/rustc" <<END
#!/bin/sh
LD_LIBRARY_PATH="$libraries" exec "$folder/root/usr/bin/rustc" "\$@"
END
chmod +x "$folder/rustc"
"$folder/rustc" --version
rm -rf "$folder/state" "$folder/cache" "$folder/packages"
