#!/bin/sh
# Puts Debian's rustc for web browsers, which keeps up with Rust's releases, into a folder, with clippy,
# the standard library of arm64 and its source: for machines whose own Rust cannot get another target. On
# others, rustup does it: `rustup target add aarch64-unknown-linux-gnu`.
#
#   sh scripts/cross/rust.sh DIR      then DIR/rustc is the compiler, DIR/cargo-clippy its lints
set -eu
folder=$(cd "$1" && pwd)
. "$(dirname "$0")/debian.sh"
debian_apt "$folder/apt"

version=$(apt-cache policy rustc-web | awk '/Candidate:/ { split($2, part, "."); print part[1] "." part[2] }')
llvm=$(apt-cache depends rustc-web libstd-rust-web-"$version" | grep -o 'libllvm[0-9]*' | sort -u)
# What arm64's library depends on beyond itself is a compiler that runs there.
# shellcheck disable=SC2086
debian_unpack "$folder/apt" "$folder/root" rustc-web $llvm "libstd-rust-web-$version" libstd-rust-web-dev libstd-rust-web-dev:arm64 rust-web-clippy
debian_unpack_only "$folder/apt" "$folder/root" rust-web-src './usr/src/rustc-*/library/*'
rm -rf "$folder/apt"

libraries="$folder/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH):$folder/root/usr/lib"
for program in rustc cargo-clippy; do
  cat >"$folder/$program" <<END
#!/bin/sh
LD_LIBRARY_PATH="$libraries" exec "$folder/root/usr/bin/$program" "\$@"
END
  chmod +x "$folder/$program"
done
"$folder/rustc" --version
