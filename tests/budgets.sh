#!/usr/bin/env bash
# Holds what is the same in each run to a budget: instructions, allocations, system calls, SQL
# statements, size. Never a time. Installs what it needs (Debian, Ubuntu); a minute after the build.
#
#   tests/budgets.sh
#
# A figure over its budget fails. So does one far below: lower the budget then, or mend the
# measurement. Where the threads' timing has a say (wake-ups, how many events share a transaction)
# the budget is wider, and only over it fails. Last, each check must fail on purpose.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh
. tests/bench/sink.sh

need $build_packages libbenchmark-dev libgtest-dev libnghttp2-dev nginx-light openssl valgrind strace binutils
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset release -DEMBEDDABLES_BUILD_BENCH=ON ${CMAKE_ARGS:-} >/dev/null
cmake --build --preset release --target budget_host window_sink footprint_with footprint_without embeddables-agent \
  >/dev/null

bin=build/release/bin
work=$PWD/build/budgets
rm -rf "$work"
mkdir -p "$work/run"
chmod 700 "$work/run"
export XDG_RUNTIME_DIR=$work/run
start_sink "$work/nginx"

# host WHAT EVENTS STORE, with the tool to run it under in $under: what it prints, in $work/out.
under=
host() { $under "$bin/budget_host" "$1" "$work/$3.db" "$sink" "$2" >"$work/out" 2>"$work/err"; }
counted() { sed -n "s/.*\b$1=\([0-9]*\).*/\1/p" "$work/out"; }

# All that a process executes, or only what a function does, called ones included.
instructions() { # WHAT EVENTS STORE [FUNCTION]
  under="valgrind --tool=callgrind --callgrind-out-file=$work/callgrind.$3"
  [ $# -lt 4 ] || under+=" --toggle-collect=$4"
  host "$1" "$2" "$3"
  under=
  sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/err"
}
# Of the calling thread: the worker's are not the caller's.
system_calls() { # WHAT EVENTS STORE
  under="strace -qq -c -o $work/strace.$3"
  host "$1" "$2" "$3"
  under=
  awk '$NF == "total" { print $4 }' "$work/strace.$3"
}
size_of() { size "$1" | awk 'NR == 2 { print $1 + $2 }'; }

declare -A figure budget timed
names=()
measured() { # NAME FIGURE BUDGET [timed]
  names+=("$1")
  figure[$1]=$2
  budget[$1]=$3
  timed[$1]=${4:-}
}

# Between so many events and four times as many: what a start costs is the same in both.
some=500 more=2000
for events in $some $more; do
  host fill $events "drain.$events"
  cp "$work/drain.$events.db" "$work/counted.$events.db"
done
stored_statements=$(counted statements)
per_event() { echo $((($2 - $1) / (more - some))); }

call=$(instructions fill $more track '*Agent::Track*')
measured "instructions per Track" $((call / more)) 1390
measured "instructions per drained event" "$(per_event \
  "$(instructions drain $some drain.$some)" "$(instructions drain $more drain.$more)")" 150000

few=$(system_calls fill $some calls.$some)
many=$(system_calls fill $more calls.$more)
measured "system calls per 1,000 Tracks" $(((many - few) * 1000 / (more - some))) 10 timed
host fill $more allocations
measured "allocations per 1,000 Tracks" $(($(counted allocations) * 1000 / more)) 0
measured "SQL statements per 1,000 stored" $((stored_statements * 1000 / more)) 160 timed
host drain $some counted.$some
few=$(counted statements) few_allocations=$(counted allocations)
host drain $more counted.$more
measured "SQL statements per 1,000 drained" \
  $((($(counted statements) - few) * 1000 / (more - some))) 3200 timed
measured "allocations per drained event" \
  "$(per_event "$few_allocations" "$(counted allocations)")" 62
# All threads: it is the worker that would be busy.
coproc window_sink { exec "$bin/window_sink" "$work/nginx/certificate.pem" "$work/nginx/key.pem"; }
read -r window_port <&"${window_sink[0]}"
strace -qq -f -c -o "$work/strace.stuck" "$bin/budget_host" stuck "$work/stuck.db" \
  "https://127.0.0.1:$window_port" 8 "$ca_file"
measured "system calls per second, stuck" \
  $(($(awk '$NF == "total" { print $4 }' "$work/strace.stuck") / 3)) 3000 timed
# The loader's work is in both.
command_instructions() {
  valgrind --tool=callgrind --callgrind-out-file="$work/callgrind.command" \
    "$bin/embeddables-agent" "$@" 2>"$work/err" >/dev/null
  sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/err"
}
stored() {
  command_instructions track door_opened --identifier kiosk=17 --no-flush --store "$work/command.db"
}
stored >/dev/null  # makes the store
# --version asks libcurl for its parts, and is no bare start.
measured "instructions of track --no-flush, % of --help" \
  $(($(stored) * 100 / $(command_instructions --help))) 180
measured "code and data, KiB" \
  $((($(size_of $bin/footprint_with) - $(size_of $bin/footprint_without)) / 1024)) 376

# within FIGURE BUDGET [timed]
within() { [ "$1" -le "$2" ] && { [ -n "${3:-}" ] || [ $(($1 * 10)) -ge $(($2 * 7)) ]; }; }

failed=0
printf '%-50s %10s %10s\n' what figure budget
for name in "${names[@]}"; do
  verdict=
  within "${figure[$name]}" "${budget[$name]}" "${timed[$name]}" || verdict='  <-- not within' failed=1
  printf '%-50s %10s %10s%s\n' "$name" "${figure[$name]}" "${budget[$name]}" "$verdict"
done

# Would they notice? Each budget a tenth lower; where that is too low to tell, a host that does
# what it must not.
for name in "${names[@]}"; do
  lower=$((${figure[$name]} * 9 / 10))
  if [ "${figure[$name]}" -gt 1 ] && within "${figure[$name]}" "$lower"; then
    echo "the check of '$name' does not fail"
    failed=1
  fi
done
few=$(system_calls canary $some canary.$some)
many=$(system_calls canary $more canary.$more)
host canary $more canary
if within $(((many - few) * 1000 / (more - some))) 10 timed ||
  within $(($(counted allocations) * 1000 / more)) 0; then
  echo "a host that allocates and calls the system in each call was not noticed"
  failed=1
fi
exit $failed
