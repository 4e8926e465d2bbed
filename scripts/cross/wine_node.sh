#!/bin/bash
# Runs a program of Windows in what wine.sh made, in a root with mounts of its own that end with it. It
# sees the repository and the folder it is started in. One at a time; root.
#
#   bash scripts/cross/wine_node.sh WINE_DIR PROGRAM.exe ARG...
wine=$(cd "$1" && pwd)
shift
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export ROOT=$wine/root SEEN=$repository:$PWD WINEPREFIX=$wine/prefix WINEDEBUG=${WINEDEBUG--all} HOME=/root WINEARCH=win64 \
  WINESERVER=/usr/lib/wine/wineserver64 WINEDLLOVERRIDES=mscoree,mshtml= XDG_RUNTIME_DIR=/tmp
# Wine aborts where TMPDIR is set. The others are this machine's authorities.
unset DISPLAY TMPDIR NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR
# It finds hosts as this machine does.
mkdir -p "$ROOT/etc"
cp /etc/hosts /etc/resolv.conf "$ROOT/etc"
# Through files: a Node of Windows cannot open a pipe of Unix.
told=$(mktemp -d)
# Its server crashes now and then, whatever runs, and leaves a program that waits for ever.
for _ in once again; do
  unshare --mount --propagation private bash -c '
    mount --rbind /dev "$ROOT/dev" && mount --rbind /proc "$ROOT/proc" || exit 99
    IFS=: read -ra seen <<<"$SEEN:$WINEPREFIX"
    for folder in "${seen[@]}"; do
      mkdir -p "$ROOT/$folder" && mount --bind "$folder" "$ROOT/$folder" || exit 99
    done
    timeout --signal=KILL 600 unshare --root="$ROOT" --wd="$PWD" /usr/lib/wine/wine64 "$@"
    status=$?
    # The server opens files for all programs, and the next one has other mounts.
    unshare --root="$ROOT" "$WINESERVER" -k
    exit $status' bash "$@" >"$told/out" 2>"$told/err" </dev/null
  status=$?
  grep -q "wineserver crashed" "$told/err" || break
done
cat "$told/out"
cat "$told/err" >&2
rm -r "$told"
exit $status
