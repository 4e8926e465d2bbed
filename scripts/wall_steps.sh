#!/bin/sh
# Steps the wall clock of a process while it asks for tokens, and stops it in between: not one of them
# may have been dead when it was handed out. Needs Linux, gcc and a build (`npm run build`).
#
#   sh scripts/wall_steps.sh [SECONDS]      of random steps, 60 unless told; the cases before take 35
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gcc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$folder/wall_clock.so" scripts/clock/wall_clock.c
node scripts/clock/main.js "$folder" "${1:-60}"
