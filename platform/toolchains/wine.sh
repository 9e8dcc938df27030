#!/usr/bin/env bash
# Runs a program for Windows under Wine, in a prefix of its own that says Windows 10 and that is made
# at the first run.
#
#   platform/toolchains/wine.sh PROGRAM [ARGUMENT...]
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
export WINEPREFIX=${EMBEDDABLES_WINEPREFIX:-$here/build/wine}
export WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES="mscoree,mshtml=" WINEARCH=win64
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
if [ ! -f "$WINEPREFIX/ready" ]; then
  mkdir -p "$WINEPREFIX"
  # One makes it, whoever else comes.
  exec 9>"$WINEPREFIX/making"
  flock 9
  if [ ! -f "$WINEPREFIX/ready" ]; then
    # A new prefix is Windows 7.
    "$wine" winecfg -v win10 9>&- >/dev/null 2>&1
    touch "$WINEPREFIX/ready"
  fi
  exec 9>&-
fi
exec "$wine" "$@"
