#!/usr/bin/env bash
# The part of packages.sh that runs within the bare Debian once more, as a service of a systemd that
# was started there.
set -euo pipefail
cd /try

fail() {
  echo "$*"
  systemctl --no-pager --full status 'embeddables-*' || true
  journalctl --no-pager -n 50 || true
  embeddables-agent status || true
  exit 1
}
quietly() { "$@" >/try/log 2>&1 || { tail -n 30 /try/log; fail "failed: $*"; }; }
wait_for() {  # WORDS COMMAND
  local words=$1 i
  shift
  for ((i = 0; i < 600; ++i)); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.05
  done
  fail "in vain: $words"
}
received() { curl -s "$url/_received" | grep -c "\"$1\"" || true; }
arrived() { [ "$(received "$1")" -eq 1 ]; }
accepted() { embeddables-agent status --json | grep -q "\"accepted\":$1,"; }
waiting() { embeddables-agent status --json | grep -q "\"pending\":$1,"; }
running() { [ "$(systemctl show -P SubState embeddables-track.service)" = running ]; }
pid() { systemctl show -P MainPID embeddables-track.service; }
traces() {
  find / -xdev \( -path /try -o -path /proc -o -path /sys -o -path /var/log -o -path /var/lib/apt \
    -o -path /var/lib/dpkg/status-old -o -path /var/cache \) -prune -o -name '*embeddables*' -print
  systemctl list-units --all --no-legend 'embeddables-*'
  ps -A -o comm= | grep embeddables-age || true
}

quietly dpkg -i ./*.deb
cp /usr/bin/embeddables-collector /try/collector
url=http://127.0.0.1:8080
quietly systemd-run --unit=endpoint /try/collector --port 8080
wait_for "the collector" curl -s "$url/_received"

# --- Before there are settings nothing is started.
units=(embeddables-track.socket embeddables-flush.timer)
quietly systemctl enable "${units[@]}"
quietly systemctl start "${units[@]}"
[ ! -e /run/embeddables-events ] || fail "there is a pipe without settings"
mkdir /etc/embeddables
sed 's/pr_[.]*/pr_try/; s/flow_[.]*/flow_try/' \
  /usr/share/doc/embeddables-agent-tools/examples/agent.conf >/etc/embeddables/agent.conf
echo "base-url = $url" >>/etc/embeddables/agent.conf
(umask 077 && echo rk_try >/etc/embeddables/key)

# --- A line into the pipe starts the service, under a user of its own.
quietly systemctl start embeddables-track.socket
[ "$(stat -c '%F %a %U' /run/embeddables-events)" = "fifo 600 root" ] || fail "the pipe is others'"
[ "$(pid)" -eq 0 ] || fail "the service runs before there is a line"
echo '{"name":"door_opened","props":{"door":3}}' >/run/embeddables-events
wait_for "the first event" accepted 1
[ "$(ps -o user= -p "$(pid)")" != root ] || fail "the service runs as root"
grep -qx 'Seccomp:.2' "/proc/$(pid)/status" || fail "the service has no filter of system calls"
grep -qx 'CapEff:.0*' "/proc/$(pid)/status" || fail "the service has capabilities"

# --- It is killed, and comes back with what it had accepted.
echo '{"name":"killed"}' >/run/embeddables-events
wait_for "the second event" accepted 2
killed=$(pid)
quietly systemctl kill --signal=KILL embeddables-track.service
another() { running && [ "$(pid)" -ne "$killed" ]; }
wait_for "another start" another
wait_for "what was in memory" waiting 2
quietly systemctl start embeddables-flush.service
arrived door_opened && arrived killed || fail "the events from before the kill did not arrive"

# --- The timer sends, by itself. It is told of an earlier time.
echo '{"name":"by_the_timer"}' >/run/embeddables-events
wait_for "the third event" accepted 3
mkdir /etc/systemd/system/embeddables-flush.timer.d
printf '[Timer]\nOnUnitInactiveSec=\nOnBootSec=1s\nRandomizedDelaySec=0\n' \
  >/etc/systemd/system/embeddables-flush.timer.d/soon.conf
quietly systemctl daemon-reload
quietly systemctl start embeddables-flush.timer
wait_for "the timer" arrived by_the_timer
rm -r /etc/systemd/system/embeddables-flush.timer.d

# --- An endpoint that is away is no failure of the unit; what waits is sent once it is back.
quietly systemctl stop endpoint
echo '{"name":"offline"}' >/run/embeddables-events
wait_for "the fourth event" accepted 4
quietly systemctl stop embeddables-flush.timer
quietly systemctl start embeddables-flush.service
quietly systemd-run --unit=endpoint_again /try/collector --port 8080
wait_for "the collector" curl -s "$url/_received"

# --- A removal ends what runs; a purge leaves nothing.
quietly systemctl start embeddables-flush.timer
running || fail "the service does not run before the removal"
quietly dpkg -r embeddables-agent-tools libembeddables-agent-dev
! running || fail "the service outlived the removal"
quietly dpkg -P embeddables-agent-tools libembeddables-agent-dev
rm -r /etc/embeddables
quietly systemctl daemon-reload
quietly systemctl reset-failed
left=$(traces)
[ -z "$left" ] || fail "left behind: $left"
echo 'the units ran under systemd, and were removed without a trace'
