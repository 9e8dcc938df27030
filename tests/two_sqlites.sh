#!/usr/bin/env bash
# Two SQLites in one process, each with a copy of the library: the system's in a program, and in a
# plug-in the oldest that is claimed, linked in and hidden, as makers of plug-ins do. SQLite's locks do
# not work between the two, so on one store the second Start must be refused, as looking is; two stores
# must be fine.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh
. tests/oldest_sqlite.sh
need $build_packages libgtest-dev libnghttp2-dev binutils curl

sqlite=$PWD/build/oldest-sqlite
oldest_sqlite "$sqlite"
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset release ${CMAKE_ARGS:-} >/dev/null
.ci/progress.sh cmake --build --preset release --target embeddables two_copies_host \
  embeddables-collector
build=$PWD/build/release
work=$(mktemp -d)
collector=
cleanup() {
  [ -z "$collector" ] || kill "$collector" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

plugin=$work/plugin.so
g++ -shared -o "$plugin" -Wl,--whole-archive "$build/libembeddables.a" -Wl,--no-whole-archive \
  "$sqlite/sqlite3.o" -lcurl -ldl -lm -pthread -Wl,-Bsymbolic -Wl,--no-undefined \
  -Wl,--version-script=platform/exports_linux.map
# Is it what it is meant to be?
here=$(ldd "$build/bin/two_copies_host" | sed -n 's/.*libsqlite3.* => \([^ ]*\).*/\1/p')
grep -qaF "$(sed -n 's/^#define SQLITE_SOURCE_ID  *"\(.*\)"/\1/p' "$sqlite/sqlite3.h")" "$plugin" &&
  ! ldd "$plugin" | grep -q libsqlite3 && ! nm -D --defined-only "$plugin" | grep -q ' sqlite3_' &&
  [ -n "$here" ] ||
  { echo "the plug-in has no SQLite of its own, or shows it"; exit 1; }

"$build/bin/embeddables-collector" --port 0 --quiet >"$work/said" &
collector=$!
until grep -q '^listening on ' "$work/said"; do kill -0 $collector && sleep 0.1; done
url=$(sed -n 's/^listening on //p' "$work/said")
timeout 120 "$build/bin/two_copies_host" "$plugin" "$work/events.db" "$work/other.db" "$url"
# As in tests/e2e/hosts_test.cc.
received=$(curl -s "$url/_received" | wc -l)
[ "$received" -eq 140 ] || { echo "$received of 140 events arrived"; exit 1; }
echo "[figure] two_sqlites one=$(basename "$(readlink -f "$here")") other=$(sed -n \
  's/^#define SQLITE_VERSION  *"\(.*\)"/\1/p' "$sqlite/sqlite3.h") received=$received"
