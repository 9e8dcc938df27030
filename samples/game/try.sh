#!/usr/bin/env bash
# What telemetry costs this game, and what a crash loses: nothing. Without a screen.
#
#   samples/game/try.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/packages.sh
need $build_packages libsdl2-dev libsdl2-ttf-dev fonts-dejavu-core strace valgrind
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset release -DEMBEDDABLES_BUILD_GAME=ON ${CMAKE_ARGS:-} >/dev/null
.ci/progress.sh cmake --build --preset release --target game embeddables-collector
game=$PWD/build/release/bin/game
export SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy

work=$(mktemp -d)
collector=
trap '[ -z "$collector" ] || kill "$collector"; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" && exit 1; }
start_collector() { # PORT
  : >"$work/collector"
  build/release/bin/embeddables-collector --port "$1" >"$work/collector" &
  collector=$!
  until grep -q listening "$work/collector"; do sleep 0.05; done
  url=$(sed -n 's/^listening on //p' "$work/collector")
}
stop_collector() { kill "$collector" && wait "$collector" || true && collector=; }
tracked() { sed -n 's/^frames .*, tracked //p' "$1"; }

echo "--- ten seconds at 144 Hz, half of them without the agent"
start_collector 0
"$game" --plays-itself --compare --frames 1440 --url "$url" --store "$work/compare.db"

echo "--- what goes over the wire, with EMBEDDABLES_DEBUG=1"
EMBEDDABLES_DEBUG=1 "$game" --plays-itself --unpaced --frames 2000 --url "$url" --store "$work/debug.db" \
  >/dev/null 2>"$work/debug"
grep -m 3 'request: ' "$work/debug" || fail "no request is shown"
! grep -q rk_try "$work/debug" || fail "the key is shown"

echo "--- N pulls the network: nothing arrives until it is pressed again"
seen=$(grep -c ' player=' "$work/collector" || true)
"$game" --plays-itself --unpaced --press n@0 --frames 2000 --url "$url" --store "$work/pulled.db" \
  >"$work/out"
[ "$(grep -c ' player=' "$work/collector" || true)" -eq "$seen" ] || fail "an event went out"
"$game" --plays-itself --press n@0 --press n@150 --frames 600 --url "$url" \
  --store "$work/pulled.db" >>"$work/out"
[ "$(tracked "$work/out" | head -n 1)" -gt 0 ] || fail "it tracked nothing"
wanted=$((seen + $(awk '/^frames .*, tracked / { all += $NF } END { print all }' "$work/out")))
for ((i = 0; i < 600; ++i)); do
  [ "$(grep -c ' player=' "$work/collector")" -lt $wanted ] || break
  [ $i -lt 599 ] || fail "with the network back, not all arrived"
  sleep 0.1
done

# What is the same in each run is asserted: system calls of the game's own thread (strace follows no
# other without -f) and instructions in Telemetry, per frame.
echo "--- system calls and instructions a frame"
calls() { # MORE...: of 11,000 frames less those of 1,000; start and end differ by some dozens
  local frames calls=()
  for frames in 1000 11000; do
    strace -qq -c -o "$work/calls" "$game" --plays-itself --unpaced --frames $frames --url "$url" \
      --store "$work/calls.$frames.db" "$@" >/dev/null
    calls+=("$(awk '$NF == "total" { print $4 }' "$work/calls")")
  done
  echo $((calls[1] - calls[0]))
}
without=$(calls --without-agent)
with=$(calls)
valgrind --tool=callgrind --callgrind-out-file="$work/callgrind" \
  --toggle-collect='game::Telemetry::Track*' "$game" --plays-itself --unpaced --frames 1000 \
  --url "$url" --store "$work/instructions.db" >"$work/out" 2>"$work/err"
instructions=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/err")
echo "[figure] system calls of 10,000 frames: without=$without with=$with"
echo "[figure] instructions in Track: $((instructions / $(tracked "$work/out"))) an event," \
  "$((instructions / 1000)) a frame"
[ $((with - without)) -le 200 ] || fail "Track makes system calls"
[ $((instructions / $(tracked "$work/out"))) -le 2500 ] || fail "Track executes too much"
[ $((instructions / 1000)) -le 100 ] || fail "Track executes too much in a frame"
stop_collector

echo "--- the network is down, the game crashes at frame 2,000 and is started again"
store=$work/crash.db
code=0
"$game" --plays-itself --unpaced --frames 4000 --press c@1999 --url "$url" --store "$store" \
  >"$work/out" 2>/dev/null || code=$?
[ "$code" -eq 139 ] || fail "it was to die of SIGSEGV, not $code"
before=$(tracked "$work/out")
start_collector "${url##*:}"
"$game" --plays-itself --frames 1000 --url "$url" --store "$store" --picture "$work/picture.bmp" >"$work/out"
sent=$((before + $(tracked "$work/out")))
arrived=$(grep -c ' player=' "$work/collector")
[ "$arrived" -eq "$sent" ] || fail "$sent events were tracked, and $arrived arrived"
[ -s "$work/picture.bmp" ] || fail "no picture"
[ -z "${KEEP_PICTURE:-}" ] || cp "$work/picture.bmp" "$KEEP_PICTURE"
echo "--- tracked $before before the crash and $((sent - before)) after it; arrived $arrived, lost 0"
