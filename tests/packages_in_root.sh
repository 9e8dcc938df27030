#!/usr/bin/env bash
# The part of packages.sh that runs within the bare Debian.
set -euo pipefail
cd /try

fail() {
  echo "$*"
  exit 1
}
quietly() { "$@" >/try/log 2>&1 || { tail -n 30 /try/log; fail "failed: $*"; }; }
installed() { dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | grep -c embeddables || true; }
# All files, but those of apt's and dpkg's own book-keeping.
listing() {
  find / -xdev \( -path /try -o -path /proc -o -path /dev -o -path /sys -o -path /tmp \
    -o -path /var/cache -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/dpkg/status-old \) \
    -prune -o -printf '%p %y %m %U:%G %l\n' | sort
}

export DEBIAN_FRONTEND=noninteractive
quietly apt-get update
# They bring what they need along: the compiler is the only thing that the consumer adds.
quietly apt-get install -y --no-install-recommends ./*.deb
embeddables-agent --version
embeddables-collector --version
quietly apt-get install -y --no-install-recommends g++ make cmake pkg-config curl systemd-sysv procps
packages=(embeddables-agent-tools libembeddables-agent-dev)
quietly dpkg -P "${packages[@]}"
listing >before
! grep -i embeddables before || fail "the packages left these behind"

quietly dpkg -i ./*.deb
[ -z "$(dpkg-query -W -f '${Conffiles}' "${packages[@]}")" ]
[ ! -e /etc/systemd/system/timers.target.wants/embeddables-flush.timer ] || fail "it is enabled"
for file in man/man1/embeddables-agent.1.gz man/man1/embeddables-collector.1.gz \
  bash-completion/completions/embeddables-agent zsh/vendor-completions/_embeddables-agent \
  fish/vendor_completions.d/embeddables-agent.fish; do
  dpkg -L embeddables-agent-tools | grep -qxF "/usr/share/$file" || fail "there is no $file"
done

embeddables-collector --port 0 >collector.log &
for ((i = 0; i < 200; ++i)); do
  url=$(sed -n 's/^listening on //p' collector.log)
  [ -z "$url" ] || break
  sleep 0.05
done
[ -n "$url" ] || fail "the collector did not start"
received() { curl -s "$url/_received" | grep -c "\"$1\"" || true; }

# --- A program with the library, by find_package and by pkg-config.
quietly cmake -S consumers/find_package -B consumer -DCMAKE_BUILD_TYPE=Release
quietly cmake --build consumer
quietly consumer/consumer /try/stores/one.db "$url"
quietly g++ -std=c++17 consumers/consumer.cc -o two $(pkg-config --cflags --libs embeddables-agent)
quietly ./two /try/stores/two.db "$url"
[ "$(received consumed)" -eq 2 ] || fail "the collector has $(received consumed) of 2 events"

# --- The command line, as the units run it: the pipe is open for reading and writing, as systemd
# opens it, and the settings are the example's.
mkdir -p /etc/embeddables /var/lib/private/embeddables /run/embeddables
ln -s private/embeddables /var/lib/embeddables
sed 's/pr_[.]*/pr_try/; s/flow_[.]*/flow_try/' \
  /usr/share/doc/embeddables-agent-tools/examples/agent.conf >/etc/embeddables/agent.conf
echo "base-url = $url" >>/etc/embeddables/agent.conf
(umask 077 && echo rk_try >/etc/embeddables/key)
command_of() { sed -n 's/^ExecStart=//p' "/usr/lib/systemd/system/embeddables-$1.service"; }
mkfifo /run/embeddables-events
$(command_of track) <>/run/embeddables-events >track.log 2>&1 &
track=$!
echo '{"name":"door_opened","props":{"door":3}}' >/run/embeddables-events
for ((i = 0; i < 200; ++i)); do
  ! embeddables-agent status --json 2>/dev/null | grep -q '"accepted":1,' || break
  sleep 0.05
done
echo '{"name":"door_closed"}' >/run/embeddables-events
kill -TERM $track
wait $track || [ $? -eq 143 ] || fail "track ended with another signal: $(cat track.log)"
quietly $(command_of flush)
[ "$(received door_opened) $(received door_closed)" = "1 1" ] || fail "they did not arrive"
embeddables-agent status --check

# --- Removed without a trace: as if the units had been enabled by hand.
mkdir -p /etc/systemd/system/timers.target.wants
ln -s /usr/lib/systemd/system/embeddables-flush.timer /etc/systemd/system/timers.target.wants
quietly dpkg -r "${packages[@]}"
[ ! -e /usr/bin/embeddables-agent ]
[ -e /var/lib/embeddables/events.db ] || fail "a removal took the events"
quietly dpkg -P "${packages[@]}"
rm -r /etc/embeddables  # made by this script
rmdir --ignore-fail-on-non-empty /etc/systemd/system/timers.target.wants
listing >after
diff before after || fail "these are different from before the packages were there"
[ "$(installed)" -eq 0 ]
# The comparison must find a trace.
touch /usr/lib/a_trace
listing >after
! diff -q before after >/dev/null || fail "a trace was not found"
echo 'the packages were installed, used and removed without a trace'
