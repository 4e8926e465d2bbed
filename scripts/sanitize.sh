#!/bin/sh
# Runs the addon in Node under AddressSanitizer: worker threads that come and go with calls in
# flight, rotations, faults, aborted callers. Needs LLVM's runtime for the LLVM of
# this Rust (Debian: libclang-rt-22-dev). Ends with a report and a non-zero code on an error.
#
#   sh scripts/sanitize.sh [ROUNDS]
set -eu
cd "$(dirname "$0")/.."
runtime=$(find /usr/lib/llvm-* -name 'libclang_rt.asan-x86_64.so' | sort -V | tail -n 1)
[ -n "$runtime" ] || { echo 'There is no AddressSanitizer runtime. Install libclang-rt-22-dev.'; exit 1; }
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
# Sanitizers are not stable; the stable compiler has them all the same.
target=x86_64-unknown-linux-gnu
RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=target/sanitized \
  RUSTC_BOOTSTRAP=1 cargo rustc --locked --lib --crate-type cdylib --target $target
cp -r js package.json "$package"
cp "target/sanitized/$target/debug/liblakebase_token.so" "$package/lakebase-token.linux-x64-gnu.node"
cp scripts/sanitized_program.js "$package/js/"
# Leaks are not looked for: V8 frees nothing at exit, and Node-API itself keeps eight bytes of a
# promise that a terminated worker never saw settled.
ASAN_OPTIONS=detect_leaks=0:abort_on_error=0:exitcode=99 LD_PRELOAD=$runtime \
  node "$package/js/sanitized_program.js" "${1:-40}"
