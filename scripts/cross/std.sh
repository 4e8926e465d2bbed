#!/bin/sh
# The standard library of one more target, compiled from its source into what rust.sh made: what
# `rustup target add` does elsewhere.
#
#   sh scripts/cross/std.sh RUST_DIR TRIPLE build|check      check: enough for clippy, in half the time
set -eu
rust=$(cd "$1" && pwd)
triple=$2
command=$3
source=$rust/std-source
if [ ! -d "$source" ]; then
  cp -r "$rust"/root/usr/src/rustc-*/library "$source.new"
  # A dynamic std needs a linker of the target, and nothing links it.
  sed -i 's/crate-type = \["dylib", "rlib"\]/crate-type = ["rlib"]/' "$source.new/std/Cargo.toml"
  mv "$source.new" "$source"
fi

# The library is unstable to whoever compiles it: stable Rust has to be told. LTO reads bitcode, so it is
# compiled no further.
export RUSTC="$rust/rustc" RUSTC_BOOTSTRAP=1 __CARGO_DEFAULT_LIB_METADATA=debian-std
export CARGO_TARGET_DIR="$rust/std-target/$triple-$command"
export RUSTFLAGS="-Zforce-unstable-if-unmarked -Clinker-plugin-lto -Cdebuginfo=0 --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$source=/rustc/library"
cd "$source"
cargo "$command" --quiet --locked --release --manifest-path std/Cargo.toml --target "$triple" --features panic-unwind

lib=$rust/root/usr/lib/rustlib/$triple/lib
rm -rf "$lib"
mkdir -p "$lib"
touch "$lib/made-here"
kind=rlib
[ "$command" = build ] || kind=rmeta
cp "$CARGO_TARGET_DIR/$triple"/release/deps/*."$kind" "$lib"
case $triple in *-windows-gnu)
  for object in rsbegin rsend; do
    "$RUSTC" --target "$triple" --emit obj -o "$lib/$object.o" "$source/rtstartup/$object.rs"
  done ;;
esac
rm -rf "$CARGO_TARGET_DIR"
