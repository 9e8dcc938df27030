#!/usr/bin/env bash
# The main job, shown: events tracked offline reach the endpoint, though the program is killed.
# Installs what it needs (Debian, Ubuntu), builds, uses only this machine.
#
#   samples/demo.sh [--keep]     --keep leaves the collector running
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

keep=false
[ "${1:-}" = --keep ] && keep=true

need $build_packages
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
if [ ! -x build/release/bin/embeddables-agent ] || [ ! -x build/release/bin/embeddables-collector ]; then
  echo "building (about three minutes, the first time) ..."
fi
log=$(mktemp)
cmake --preset release ${CMAKE_ARGS:-} >"$log" 2>&1 || { cat "$log" && exit 1; }
rm "$log"
.ci/progress.sh cmake --build --preset release --target embeddables-agent embeddables-collector

work=$(mktemp -d)
collector=
host=
clean_up() {
  [ -n "$host" ] && kill -9 "$host" 2>/dev/null || true
  if $keep && [ -n "$collector" ] && kill -0 "$collector" 2>/dev/null; then
    echo "the collector still runs at $url (process $collector); its log is $work/collector.log"
    return
  fi
  [ -n "$collector" ] && kill "$collector" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

agent() { build/release/bin/embeddables-agent "$@"; }
start_collector() {
  build/release/bin/embeddables-collector --port "$1" --db "$work/received.db" \
    >"$work/collector.log" &
  collector=$!
  for _ in $(seq 200); do
    url=$(sed -n 's/^listening on //p' "$work/collector.log")
    [ -n "$url" ] && return
    sleep 0.05
  done
  echo "the collector did not start"
  exit 1
}
# number of a ledger's field
ledger() { agent status --json | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }

# A free port is found by starting the collector once; then it is taken down.
start_collector 0
port=${url##*:}
kill "$collector"
wait "$collector" || true
collector=

export EMBEDDABLES_STORE=$work/store/events.db EMBEDDABLES_BASE_URL=$url
export EMBEDDABLES_PROJECT=pr_demo EMBEDDABLES_EMBEDDABLE=flow_demo EMBEDDABLES_API_KEY=rk_demo
export EMBEDDABLES_IDENTIFIER=email=a@b.c

echo "1. The endpoint is down. A game tracks 200 levels; it cannot send them."
mkfifo "$work/game"
# Not through the function: a shell in between would be killed in the game's place.
build/release/bin/embeddables-agent track --stdin --ack --timeout 3600 \
  <"$work/game" >"$work/acknowledged" 2>"$work/game.log" &
host=$!
exec 3>"$work/game"
for level in $(seq 200); do
  echo "{\"name\": \"level_complete\", \"props\": {\"level\": $level}}" >&3
done
for _ in $(seq 600); do
  grep -q '^stored 200$' "$work/acknowledged" && break
  sleep 0.05
done
grep -q '^stored 200$' "$work/acknowledged"

echo "2. The game is killed with SIGKILL (process $host)."
kill -9 "$host"
wait "$host" 2>/dev/null || true
host=
exec 3>&-
echo "   The store says: $(ledger pending) pending, $(ledger delivered) delivered."
[ "$(ledger pending)" -eq 200 ]

echo "3. One more event, critical, still offline:"
agent track game_crashed --critical --prop code=139 --timeout 0.5 2>&1 | sed 's/^/   /' || true

echo "4. The collector comes up at $url. The store is flushed."
start_collector "$port"
agent flush --timeout 60 2>&1 | sed 's/^/   /'

received=$(grep -c 'level_complete\|game_crashed' "$work/collector.log")
distinct=$(grep -o '"event_id":"[^"]*"' "$work/collector.log" | sort -u | wc -l)
echo "   The collector printed a line an event; the last two:"
tail -n 2 "$work/collector.log" | sed 's/^/   /'
echo
echo "Summary"
agent status | sed 's/^/   /'
echo "   received by the collector: $received, distinct event ids: $distinct"
if [ "$(ledger delivered)" -eq 201 ] && [ "$(ledger pending)" -eq 0 ] && [ "$distinct" -eq 201 ] &&
  [ "$received" -eq 201 ] && agent status --json | grep -q '"balanced":true'; then
  echo "   OK: every event arrived, once, and the ledger balances."
else
  echo "   FAILED: the figures above do not agree."
  exit 1
fi
