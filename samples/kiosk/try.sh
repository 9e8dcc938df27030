#!/usr/bin/env bash
# What a kiosk goes through, on this machine alone: a read-only root with one small writable
# partition, a first boot without a clock or a network, many processes that write events, a power
# cut in the middle of it, the network back. As root: it mounts, in a namespace of its own.
#
#   samples/kiosk/try.sh        after samples/demo.sh has built the programs
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/packages.sh
need util-linux e2fsprogs faketime
[ "${1:-}" = inside ] ||
  exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$0" inside

work=$(mktemp -d)
agent=$PWD/build/release/bin/embeddables-agent
trap 'umount -l /mnt || true; rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" && exit 1; }
# Waits until COMMAND says yes, a minute at most.
await() {  # WHAT COMMAND...
  local end=$((SECONDS + 60))
  until "${@:2}"; do
    [ "$SECONDS" -lt "$end" ] || fail "a minute passed before $1" "$(cat "$work"/said.*; ps -ef)"
    sleep 0.01
  done
}
# A number of `status`, of the monitoring.
status() { "$agent" status --json | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
metric() { "$agent" status --prometheus | sed -n "s/^embeddables_$1{.*} //p"; }

# Nothing but the card can be written there, not even /tmp, /run and /dev/shm.
cat >"$work/kiosk" <<'END'
#!/usr/bin/env bash
awk '$5 !~ "^/(mnt|proc|sys|dev)(/|$)" || $5 == "/dev/shm" { print $5 }' /proc/self/mountinfo |
  while read -r place; do mount -o remount,bind,ro "$place" || exit 98; done
! touch "$HOME/x" /tmp/x /run/x /dev/shm/x 2>/dev/null || exit 99
exec "$@"
END
chmod +x "$work/kiosk"
kiosk() { unshare --mount --propagation private "$work/kiosk" "$@"; }

# Programs that write at once, each into a process of its own; they are one group, which ends as a
# whole. The number of a door tells of which cut it is.
start_writers() {  # CUT COUNT EVENTS OPTION_OF_TRACK
  local i first=$((100 * $1))
  acknowledged=()
  set -m
  {
    for ((i = first + 1; i <= first + $2; ++i)); do
      kiosk sh -c '{ samples/kiosk/door.sh "$1" "$2"; exec sleep 1000; } | "$0" track --stdin "$3" --ack' \
        "$agent" "$3" "$i" "$4" >"$work/door.$i" 2>"$work/said.$i" &
    done
    wait
  } &
  group=$!
  set +m
  disown
  for ((i = first + 1; i <= first + $2; ++i)); do acknowledged+=("$work/door.$i"); done
}
# How many events are stored by the writers' own account.
told() { tail -qn 1 "${acknowledged[@]}" 2>/dev/null | awk '{ n += $2 } END { print n + 0 }'; }
told_of() { [ "$(told)" -ge "$1" ]; }
began() { [ -f "${acknowledged[-1]}" ]; }
# The writers end at once. Stopped ones would not do: a shell that is stopped within vfork never
# looks stopped.
dead() { ! kill -0 -- "-$group" 2>/dev/null; }
# What the system writes to the card meanwhile would make one that never was.
copied() { cp "$card" "$next" && cmp -s "$card" "$next"; }
# The card goes on as it is at that moment; what the system had not written to it yet is gone.
cut_power() {
  next=${card%.*}.$((${card##*.} + 1))
  kill -KILL -- "-$group"
  await "the writers were dead" dead
  await "nothing wrote to the card" copied
  umount -l /mnt
  rm "$card"
  card=$next
  mount -o loop "$card" /mnt
}

echo "--- the first boot: a blank card, a clock that says 1970, no network"
card=$work/card.0
truncate -s 24M "$card"
mkfs.ext4 -q "$card"
mount -o loop "$card" /mnt
(umask 077 && echo rk_try >/mnt/key && sync /mnt/key)
export EMBEDDABLES_CONFIG=$PWD/samples/kiosk/agent.conf EMBEDDABLES_BASE_URL=http://127.0.0.1:1
# Without a clock battery the time goes on from 1970; how long it is since the start is known.
export DONT_FAKE_MONOTONIC=1 FAKETIME='@1970-01-01 00:01:00'
library=(/usr/lib/*/faketime/libfaketime.so.1)
kiosk env LD_PRELOAD="${library[0]}" sh -c 'samples/kiosk/door.sh 199 | "$0" track --stdin --no-flush' "$agent"
[ "$(status pending)" = 200 ] || fail "200 events were to wait"

echo "--- eight programs write at once, each into a process of its own; then the power is cut"
start_writers 1 8 1000000 --no-flush
await "2000 events were stored" told_of 2000
cut_power
on_card=$((200 + $(told)))
waiting=$(status pending)
[ "$waiting" -ge "$on_card" ] || fail "$on_card events were acknowledged, and $waiting are there"
echo "    acknowledged $on_card, on the card $waiting"

echo "--- monitoring sees that nobody sends"
set +e
"$agent" status --check --max-wait 0
[ $? -eq 7 ] || fail "exit code 7 was expected"
set -e
[ "$(metric events_pending)" = "$waiting" ] || fail "Prometheus sees other events than status"

echo "--- the network is back, and with it the time"
build/release/bin/embeddables-collector --port 0 >"$work/collector" &
await "the collector listened" grep -q listening "$work/collector"
EMBEDDABLES_BASE_URL=$(sed -n 's/^listening on //p' "$work/collector")
kiosk env LD_PRELOAD="${library[0]}" "$agent" flush --timeout 120
[ "$(status delivered)" = "$waiting" ] || fail "not all were delivered"
[ "$(grep -c 'door_opened\|day_ended' "$work/collector")" -ge "$waiting" ] || fail "some did not arrive"
! grep '^19' "$work/collector" || fail "an event says that it is of 1970"
"$agent" status --check
echo "    every event that was acknowledged has arrived: $waiting"

# How many events of the doors the collector has, each counted once.
arrived() { grep -o '"event_id":"[^"]*"' "$work/collector" | sort -u | wc -l; }
# Whether requests of the dead may still be on their way into it.
disconnected() {
  awk -v port="$(printf ':%04X$' "${EMBEDDABLES_BASE_URL##*:}")" \
    '$2 ~ port && $4 != "0A" && $4 != "06" { n = 1 } END { exit n }' /proc/net/tcp
}

cuts=${EMBEDDABLES_CUTS:-12} seed=${EMBEDDABLES_SEED:-$RANDOM}
echo "--- the power is cut $cuts times more, at any moment, half of them while it sends (seed $seed)"
RANDOM=$seed
again=0
for ((cut = 2; cut <= cuts + 1; ++cut)); do
  how=--no-flush
  [ $((cut % 2)) -eq 1 ] || how=--timeout=60
  start_writers "$cut" 4 1000 "$how"
  # Some cuts come before anything is stored.
  goal=$((RANDOM % 3 == 0 ? 0 : RANDOM % 800))
  await "the writers began" began
  await "$goal events were stored" told_of "$goal"
  sleep "0.$(printf '%03d' $((RANDOM % 200)))"
  cut_power
  "$agent" status --json | grep -q '"balanced":true' || fail "cut $cut: the ledger does not add up"
  await "the collector had heard of it" disconnected
  # Only what the card does not know as delivered may arrive again.
  again=$((again + $(arrived) - $(status delivered)))
  # The card has a bound, at which the oldest events would go.
  [ $((cut % 12)) -ne 0 ] || "$agent" flush --timeout 120
done
"$agent" flush --timeout 120
[ "$(status pending)" = 0 ] || fail "not all were delivered"
total=0
for told in "$work"/door.*; do
  door=${told##*.} stored=$(awk 'END { print $2 + 0 }' "$told")
  total=$((total + stored))
  { grep -o "\"door\":$door,\"n\":[0-9]*" "$work/collector" || true; } | sed 's/.*://' | sort -nu |
    awk -v stored="$stored" '$1 < stored { ++n } END { exit n != stored }' ||
    fail "door $door: of $stored events that were acknowledged some did not arrive"
done
twice=$(($(grep -c '"event_id"' "$work/collector") - $(arrived)))
[ "$(arrived)" = "$(status delivered)" ] || fail "the store counts other events than have arrived"
[ "$twice" -le "$again" ] || fail "$twice arrived twice, though the card knew all but $again of them"
echo "--- of $total acknowledged events 0 are lost; $twice of $(arrived) arrived twice, at most $again"
