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
# A number of `status`, of the monitoring and of how many lines are on the card by their own account.
status() { "$agent" status --json | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
metric() { "$agent" status --prometheus | sed -n "s/^embeddables_$1{.*} //p"; }
acknowledged() { tail -qn 1 "$work"/acknowledged.* | awk '{ n += $2 } END { print n + 0 }'; }

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

echo "--- the first boot: a blank card, a clock that says 1970, no network"
truncate -s 24M "$work/card"
mkfs.ext4 -q "$work/card"
mount -o loop "$work/card" /mnt
(umask 077 && echo rk_try >/mnt/key && sync /mnt/key)
export EMBEDDABLES_CONFIG=$PWD/samples/kiosk/agent.conf EMBEDDABLES_BASE_URL=http://127.0.0.1:1
# Without a clock battery the time goes on from 1970; how long it is since the start is known.
export DONT_FAKE_MONOTONIC=1 FAKETIME='@1970-01-01 00:01:00'
library=(/usr/lib/*/faketime/libfaketime.so.1)
kiosk env LD_PRELOAD="${library[0]}" sh -c 'samples/kiosk/door.sh 199 | "$0" track --stdin --no-flush' "$agent"
[ "$(status pending)" = 200 ] || fail "200 events were to wait"

echo "--- eight programs write at once, each into a process of its own; then the power is cut"
writers=()
for i in 1 2 3 4 5 6 7 8; do
  kiosk sh -c 'samples/kiosk/door.sh | "$0" track --stdin --no-flush --ack' "$agent" \
    >"$work/acknowledged.$i" 2>"$work/said.$i" &
  writers+=($!)
  disown
done
until [ "$(acknowledged)" -ge 2000 ]; do
  kill -0 "${writers[@]}" || fail "a writer ended: $(cat "$work"/said.*)"
  sleep 0.05
done
# The card as it is at that moment; what the system had not written to it yet is gone.
kill -STOP -1
on_card=$((200 + $(acknowledged)))
cp "$work/card" "$work/cut"
kill -KILL -1
umount -l /mnt
mount -o loop "$work/cut" /mnt
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
until grep -q listening "$work/collector"; do sleep 0.05; done
EMBEDDABLES_BASE_URL=$(sed -n 's/^listening on //p' "$work/collector")
kiosk env LD_PRELOAD="${library[0]}" "$agent" flush --timeout 120
[ "$(status delivered)" = "$waiting" ] || fail "not all were delivered"
[ "$(grep -c 'door_opened\|day_ended' "$work/collector")" -ge "$waiting" ] || fail "some did not arrive"
! grep '^19' "$work/collector" || fail "an event says that it is of 1970"
"$agent" status --check
echo "    every event that was acknowledged has arrived: $waiting"

# How many events of the doors the collector has, each counted once.
arrived() { grep -o '"event_id":"[^"]*"' "$work/collector" | sort -u | wc -l; }
# GROUP: do all of its processes stand still?
stopped() {
  { cat /proc/[0-9]*/stat 2>/dev/null || true; } | sed 's/.*) //' |
    awk -v group="$1" '$3 == group && $1 !~ /^[TZX]$/ { runs = 1 } END { exit runs }'
}
# Whether requests of the dead may still be on their way into it.
connected() {
  awk -v port="$(printf ':%04X$' "${EMBEDDABLES_BASE_URL##*:}")" \
    '$2 ~ port && $4 != "0A" && $4 != "06" { n = 1 } END { exit !n }' /proc/net/tcp
}
# What the writers of this cut were told is stored.
told() { tail -qn 1 "$work"/door."$cut".* | awk '{ n += $2 } END { print n + 0 }'; }

cuts=${EMBEDDABLES_CUTS:-12} seed=${EMBEDDABLES_SEED:-$RANDOM}
echo "--- the power is cut $cuts times more, at any moment, half of them while it sends (seed $seed)"
RANDOM=$seed
card=$work/cut again=0
for ((cut = 1; cut <= cuts; ++cut)); do
  how=--no-flush
  [ $((cut % 2)) -eq 0 ] || how=--timeout=60
  # A group of its own, which ends as a whole, and not before. The collector is another machine, and
  # goes on.
  set -m
  {
    for i in 1 2 3 4; do
      kiosk sh -c "{ samples/kiosk/door.sh 1000 $cut$i; exec sleep 1000; } | \"\$0\" track --stdin $how --ack" "$agent" \
        >"$work/door.$cut.$i" 2>"$work/said.$cut.$i" &
    done
    wait
  } &
  group=$!
  set +m
  disown
  # Some cuts come before anything is stored.
  goal=$((RANDOM % 3 == 0 ? 0 : RANDOM % 800))
  until [ -f "$work/door.$cut.4" ] && [ "$(told)" -ge "$goal" ]; do
    kill -0 -- "-$group" || fail "a writer ended: $(cat "$work/said.$cut".*)"
    sleep 0.01
  done
  sleep "0.$(printf '%03d' $((RANDOM % 200)))"
  kill -STOP -- "-$group"
  until stopped "$group"; do :; done
  # What the system writes meanwhile would make a card that never was.
  until cp "$card" "$work/next" && cmp -s "$card" "$work/next"; do :; done
  kill -KILL -- "-$group"
  umount -l /mnt
  rm "$card"
  card=$work/card.$cut
  mv "$work/next" "$card"
  mount -o loop "$card" /mnt
  "$agent" status --json | grep -q '"balanced":true' || fail "cut $cut: the ledger does not add up"
  while connected; do sleep 0.01; done
  # Only what the card does not know as delivered may arrive again.
  again=$((again + $(arrived) - $(status delivered)))
done
"$agent" flush --timeout 120
[ "$(status pending)" = 0 ] || fail "not all were delivered"
total=0
for told in "$work"/door.*; do
  door=${told#"$work"/door.} stored=$(awk 'END { print $2 + 0 }' "$told")
  total=$((total + stored))
  { grep -o "\"door\":${door/./},\"n\":[0-9]*" "$work/collector" || true; } | sed 's/.*://' | sort -nu |
    awk -v stored="$stored" '$1 < stored { ++n } END { exit n != stored }' ||
    fail "door $door: of $stored events that were acknowledged some did not arrive"
done
twice=$(($(grep -c '"event_id"' "$work/collector") - $(arrived)))
[ "$(arrived)" = "$(status delivered)" ] || fail "the store counts other events than have arrived"
[ "$twice" -le "$again" ] || fail "$twice arrived twice, though the card knew all but $again of them"
echo "--- of $total acknowledged events 0 are lost; $twice of $(arrived) arrived twice, at most $again"
