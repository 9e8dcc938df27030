#!/usr/bin/env bash
# The desktop sample without a screen, and with a person who clicks as scripts say (person.h): the
# question and each answer, proxies, sleep and wake, two instances, and each way to end. Leaves
# pictures of its windows in build/desktop.
#
#   tests/desktop.sh
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages libgtest-dev qt6-base-dev fonts-dejavu-core python3 dbus-daemon python3-dbusmock
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset release -DEMBEDDABLES_BUILD_DESKTOP=ON ${CMAKE_ARGS:-} >/dev/null
.ci/progress.sh cmake --build --preset release --target desktop embeddables-collector embeddables-agent
bin=$PWD/build/release/bin
pictures=$PWD/build/desktop
mkdir -p "$pictures"
export QT_QPA_PLATFORM=offscreen
# Nothing of this machine's: neither its proxies nor its bus.
unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY

work=$(mktemp -d)
children=()
trap '[ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
export HOME=$work DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
fail() {
  echo "FAILED: $*"
  tail -n 5 "$work"/*.said
  exit 1
}
eventually() { # COMMAND...: it comes true
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "never: $*"
}
started() { # NAME COMMAND...: in the background, as $NAME, and what it says is in NAME.said
  : >"$work/$1.said"
  "${@:2}" <&0 >"$work/$1.said" 2>"$work/$1.errors" &
  children+=($!)
  printf -v "$1" %s $!
}
said() { grep -q "^$2" "$work/$1.said"; } # NAME TEXT
open_collector() { # [PORT]
  started collector "$bin/embeddables-collector" --port "${1:-0}"
  eventually said collector "listening on "
  url=$(sed -n 's/^listening on //p' "$work/collector.said")
}
close_collector() {
  kill "$collector"
  wait "$collector" || true
}
arrived() { grep -c ' email=' "$work/collector.said" || true; }
person() { # NAME, and the lines on standard input: starts the program
  cat >"$work/$1.script"
  started "$1" "$bin/desktop" --url "$url" --store "$work/$store.db" \
    --settings "$work/$store.ini" --script "$work/$1.script"
}
leaves() { # NAME: in order
  local code=0
  wait "${!1}" || code=$?
  [ "$code" -eq 0 ] || fail "$1 ended with $code"
}
clicks() { yes "click open" | head -n "$1" || true; } # COUNT

open_collector

echo "--- the first start asks, and nothing is sent before the answer"
store=yes
person first <<END
shows question
picture $pictures/question.png
END
eventually said first "done: picture"
kill "$first" # SIGTERM
leaves first
person first <<END
shows question
click yes
hides question
click open
click export_pdf
click export_html
says status 3 events sent, none waiting
picture $pictures/window.png
quit
END
leaves first
[ "$(arrived)" -eq 3 ] || fail "3 events, and $(arrived) arrived"

echo "--- with EMBEDDABLES_DEBUG=1 it shows its requests, and no key"
export EMBEDDABLES_DEBUG=1
person shown <<END
click open
says status 4 events sent, none waiting
quit
END
unset EMBEDDABLES_DEBUG
leaves shown
grep -q '^request: ' "$work/shown.errors" || fail "no request is shown"
! grep -q rk_try "$work"/*.errors || fail "the key is shown"

echo "--- the second start asks nothing"
person second <<END
hides question
click open
says status 5 events sent, none waiting
hides question
click show_settings
picture $pictures/settings.png
quit
END
leaves second

echo "--- who closes the question is asked again, and what was tracked waits; a no erases it"
store=no
person closes <<END
shows question
close question
hides question
click open
click export_pdf
says status 2 kept here until you have answered
picture $pictures/waits.png
quit
END
leaves closes
person denies <<END
shows question
click no
hides question
says notice 2 events erased here.
says status You said no: nothing is collected.
click open
picture $pictures/denied.png
quit
END
leaves denies
person after <<END
says status You said no: nothing is collected.
hides question
quit
END
leaves after
[ "$(arrived)" -eq 5 ] || fail "somebody said no, and $(arrived) events arrived"
! grep -q document_ "$work"/no.db* || fail "traces of what was erased are in the store"

echo "--- the settings take an answer back, and give it again"
person changes <<END
click show_settings
click consent
click ok
says notice Thank you.
click open
says status 1 event sent, none waiting
quit
END
leaves changes
port=${url##*:}
before=$(arrived)
[ "$before" -eq 6 ] || fail "one more was to arrive, but $before are there"
close_collector
person changes <<END
$(clicks 5)
says status the server cannot be reached
picture $pictures/unreachable.png
click show_settings
click consent
click ok
says notice 5 events erased here.
quit
END
leaves changes
open_collector "$port"

echo "--- two instances: an answer counts for both, and all arrives"
store=two
for name in left right; do
  person $name <<END
shows question
END
done
eventually said left "done: shows question"
eventually said right "done: shows question"
kill "$left" && leaves left
person left <<END
shows question
click yes
$(clicks 50)
END
eventually said left "done: click yes"
kill "$right" && leaves right
person right <<END
hides question
$(clicks 50)
END
all_of_two() { [ "$(arrived)" -eq 100 ]; }
eventually all_of_two
kill "$left" "$right" && leaves left && leaves right

echo "--- killed without a network, and started again: nothing is lost"
store=killed
close_collector
person killed <<END
shows question
click yes
$(clicks 20)
says status 20 kept here
END
eventually said killed "done: says status 20"
kill -9 "$killed"
wait "$killed" || true
open_collector "$port"
person again <<END
says status 20 events sent, none waiting
quit
END
leaves again
[ "$(arrived)" -eq 20 ] || fail "20 events, and $(arrived) arrived"

echo "--- the session ends: all is on the disk, and if it was called off it goes on"
store=session
close_collector
person session <<END
shows question
click yes
$(clicks 7)
session_end
says status Telemetry is off
says status 7 kept here
END
stored() {
  "$bin/embeddables-agent" status --store "$work/$store.db" --json >"$work/status"
  grep -q '"pending": *7' "$work/status" && grep -q '"in_memory": *0' "$work/status"
}
eventually said session "done: session_end"
stored || fail "the session's end stored not all: $(cat "$work/status")"
eventually said session "done: says status 7 kept here"
kill "$session"
leaves session
open_collector "$port"

echo "--- proxies: the system's is dead, none works, one asks for a password"
store=proxy
started proxy /usr/bin/python3 tests/desktop/proxy.py
eventually said proxy "port "
proxy_port=$(sed -n 's/^port //p' "$work/proxy.said")
export http_proxy=http://127.0.0.1:1
person proxies <<END
shows question
click yes
click open
says status 1 kept here: the server cannot be reached
click show_settings
click proxy_none
click ok
says status 1 event sent, none waiting
click show_settings
click proxy_own
click ok
shows settings
type proxy_url http://127.0.0.1:$proxy_port
type proxy_user user
type proxy_password wrong
click ok
click open
says status 1 kept here
click show_settings
type proxy_password secret
picture $pictures/proxy.png
click ok
says status 2 events sent, none waiting
quit
END
leaves proxies
unset http_proxy
said proxy 407 || fail "the wrong password was not tried"
said proxy 2 || fail "nothing passed the proxy"
! grep -rq secret "$work/proxy.ini" "$work"/proxy.db* || fail "the password is on the disk"

echo "--- the lid is shut, and opened: sleep waits until all is on the disk, and nothing is sent meanwhile"
store=sleep
logind() { /usr/bin/python3 tests/desktop/logind.py "$1" 2>>"$work/logind.errors"; }
locked() { [ "$(logind locks)" = "sleep desktop delay" ]; }
unlocked() { [ -z "$(logind locks)" ]; }
# The program looks for the bus once, when it starts.
started bus dbus-daemon --session --nofork --nopidfile --address="$DBUS_SYSTEM_BUS_ADDRESS" \
  --print-address
eventually said bus unix:
started mock /usr/bin/python3 -m dbusmock --system --template logind
eventually logind locks
close_collector
person sleeper <<END
shows question
click yes
$(clicks 4)
says status 4 kept here: the server cannot be reached
waits $work/asleep
says status 4 kept here while the computer sleeps
click open
says status 5 kept here while the computer sleeps
picture $pictures/sleeps.png
waits $work/awake
says status 5 events sent, none waiting
END
eventually locked
eventually said sleeper "done: says status 4 kept here: the server"
logind sleeps
eventually unlocked
"$bin/embeddables-agent" status --store "$work/$store.db" --json >"$work/status"
grep -q '"in_memory": *0' "$work/status" || fail "the computer sleeps, and not all is stored"
touch "$work/asleep"
open_collector "$port"
eventually said sleeper "done: picture"
[ "$(arrived)" -eq 0 ] || fail "$(arrived) events were sent while the computer slept"
logind wakes
touch "$work/awake"
eventually said sleeper "done: says status 5 events sent"
eventually locked
[ "$(arrived)" -eq 5 ] || fail "5 events, and $(arrived) arrived"
kill "$sleeper"
leaves sleeper

echo "--- all done; pictures are in build/desktop"
