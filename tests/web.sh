#!/usr/bin/env bash
# The port to the web: the library as WebAssembly, and a host that pumps it from JavaScript's timer
# and sends over fetch, under Node, to the collector.
#
#   tests/web.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages emscripten dpkg-dev tcl make gcc curl file
command -v node >/dev/null || need nodejs
# emscripten takes its own parts from there with Debian's Node, and with any other one only if told.
export NODE_PATH=/usr/share/nodejs${NODE_PATH:+:$NODE_PATH}
export EMBEDDABLES_SYSROOT=$PWD/build/web-root
[ -f "$EMBEDDABLES_SYSROOT/work/sqlite3.o" ] ||
  platform/toolchains/web_root.sh "$EMBEDDABLES_SYSROOT"
cmake --preset web -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON >/dev/null
.ci/progress.sh cmake --build --preset web
cmake --preset release ${CMAKE_ARGS:-} >/dev/null
.ci/progress.sh cmake --build --preset release --target embeddables-collector

work=$(mktemp -d)
build/release/bin/embeddables-collector --port 0 --quiet >"$work/said" &
collector=$!
trap 'kill "$collector"; rm -rf "$work"' EXIT
until grep -q '^listening on ' "$work/said"; do
  kill -0 "$collector" && sleep 0.1
done
url=$(sed -n 's/^listening on //p' "$work/said")
nobody=http://127.0.0.1:4  # nothing listens there, and fetch asks all the same

log=build/web-node_tests.log
passed=0
: >"$log"
run() {  # SCRIPT ARGUMENT...; $code is the exit code
  code=0
  timeout 120 node "$@" >"$work/out" 2>"$work/errors" || code=$?
}
page=build/web/bin/web_node.js
check() {  # NAME COMMAND...
  if ! "${@:2}"; then
    echo "[  FAILED  ] $1, exit code $code" | tee -a "$log"
    cat "$work/out" "$work/errors"
    exit 1
  fi
  echo "[       OK ] $1" | tee -a "$log"
  passed=$((passed + 1))
}
said() { grep -qx "$1" "$work/out"; }
received() { [ "$(curl -s "$url/_received" | grep -o '"event_id":"[^"]*"' | sort -u | wc -l)" -eq "$1" ]; }
at_once() {  # THE LINE BEFORE ITS MILLISECONDS
  local ms
  ms=$(sed -n "s/^$1 \([0-9]*\) ms$/\1/p" "$work/out")
  [ -n "$ms" ] && [ "$ms" -lt 2000 ]
}

run $page "$url" 500 60
check "500 of 500 events are delivered" said "accepted 500, delivered 500, pending 0"
check "the collector has each of them" received 500
check "Flush, with 20 s to wait, says what is left" said "flush: code 5, pending [1-9][0-9]*"
check "Persist ends with all stored" said "persist: code 0, pending [1-9][0-9]*"
check "neither waits" at_once "longest call:"

EMBEDDABLES_DEBUG=1 run $page "$url" 1 60
check "what goes over the wire is shown" grep -q "request: " "$work/errors"
check "without the key" [ "$(grep -c rk_web "$work/errors")" -eq 0 ]

run $page "$nobody" 100 2 "$work/kept.db"
check "without a server all is kept" said "accepted 100, delivered 0, pending 100"
check "Shutdown does not wait" at_once "shutdown: code 0 * in"
check "and the exit code says so" [ "$code" -eq 3 ]
run $page "$url" 0 60 "$work/kept.db"
check "the next page, with the bytes of the store, sends them" \
  said "accepted 100, delivered 100, pending 0"
check "the collector has those, too" received 601

# With a wait of its own, Shutdown took 20 s here.
run tests/hosts/web_trouble.js build/web/bin
check "without its file, Persist does not wait for one" at_once "longest call:"
check "nor does Shutdown, which says that events were lost" \
  at_once "shutdown: code 8 the store could not be written; events in memory were lost in"

echo "[  PASSED  ] $passed tests." >>"$log"
echo "web.wasm has $(($(stat -c %s build/web/bin/web.wasm) / 1000)) kB," \
  "$(($(gzip -9c build/web/bin/web.wasm | wc -c) / 1000)) compressed"
tests/systems.sh --note "Web: emscripten 3.1.6, under Node" build/web \
  "a browser; the unit tests; threads; several pages on one store" "$log"
