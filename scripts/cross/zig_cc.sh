#!/bin/bash
# zig as the compiler of C that cc-rs calls for a target: without the options of the compilers it takes it for.
#
#   bash scripts/cross/zig_cc.sh PYTHON ZIG_TARGET ARG...
python=$1 target=$2
shift 2
arguments=()
while (($# > 0)); do
  case $1 in
    --target=* | -march=armv8-a* | -mmacosx-version-min=*) ;;
    -isysroot | -target | -arch) shift ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
exec "$python" -m ziglang cc -target "$target" -fno-sanitize=all "${arguments[@]}" -g0
