#!/usr/bin/env bash
# Builds the port to Windows with MinGW, and runs it under Wine as Windows 10, with a prefix of its own
# below build/.
#
#   tests/windows.sh [PART...]      all parts by default; .ci/run has unit and story
#
#   dll       the DLL shows emb_* alone and needs the system's DLLs alone; a program that was compiled
#             for MSVC's ABI and linked by its linker's twin runs with it
#   install   the installed tree, in a folder whose name has a space and other letters, as others use it:
#             by find_package in C++ and C, and with the DLL alone; with its own collector and
#             command line
#   unit      the unit tests; like those of each label without POSIX's files, which tests/windows.cmake
#             names, and without the tests that stand here with the reason
#   story     the command line and the quick start: offline, ended by TerminateProcess, online again;
#             `top` in a console
#   e2e, parts, contract, faults
#             the other tests of these labels
#   windows   200 times TerminateProcess, a sender that is killed, a store held by another program,
#             DLLs loaded and unloaded, certificates, consoles, clocks, disks
#   network   the network monitor, in a network of its own
#
# What is fetched and compiled once stays below ~/.cache/embeddables.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

whole=false
[ $# -gt 0 ] || { whole=true && set -- dll install unit story e2e parts contract faults windows network; }
need $build_packages g++-mingw-w64-x86-64-posix wine wine64 dpkg-dev tcl googletest
[[ " $* " != *" dll "* ]] || need mingw-w64-tools clang lld llvm
[[ " $* " != *" install "* ]] || need curl
[[ " $* " != *" windows "* ]] || need openssl
[[ " $* " != *" network "* ]] || need iproute2 util-linux

# The libraries, by the versions of their sources and by how they are made.
made_from() {
  dpkg-query -W -f '${source:Package} ${source:Version}\n' libcurl4-openssl-dev libsqlite3-dev \
    libcpp-httplib-dev rapidjson-dev libcli11-dev googletest g++-mingw-w64-x86-64-posix
  cat platform/toolchains/windows_root.sh platform/toolchains/windows.cmake
}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/embeddables
key=$(made_from | sha256sum | cut -c 1-16)
export EMBEDDABLES_WINDOWS_ROOT=${EMBEDDABLES_WINDOWS_ROOT:-$cache/windows-$key}
export EMBEDDABLES_WINEPREFIX=${EMBEDDABLES_WINEPREFIX:-$PWD/build/wine}
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CMAKE_C_COMPILER_LAUNCHER=ccache
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
fi
tree=build/windows
bin=$tree/bin
work=$(mktemp -d)
collector=
finish() {
  [ -z "$collector" ] || kill "$collector" 2>/dev/null || true
  umount "$work"/disk/* 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

mkdir -p "$EMBEDDABLES_WINDOWS_ROOT"
# Another clone may be making it.
flock "$EMBEDDABLES_WINDOWS_ROOT" platform/toolchains/windows_root.sh "$EMBEDDABLES_WINDOWS_ROOT"
# A build with other libraries begins anew.
if [ -f $tree/CMakeCache.txt ] &&
  ! grep -qxF "EMBEDDABLES_WINDOWS_ROOT:PATH=$EMBEDDABLES_WINDOWS_ROOT" $tree/CMakeCache.txt; then
  rm -rf "$tree"
fi
# What nobody but these tests uses may be compiled together, in a quarter of the time.
together=ON
! $whole || together=OFF
cmake --preset windows -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON -DCMAKE_UNITY_BUILD=$together >/dev/null
build() { .ci/progress.sh cmake --build --preset windows --target "$@"; }
wine=$PWD/platform/toolchains/wine.sh
# For tests with thousands of stores.
[ ! -w /dev/shm ] || export EMBEDDABLES_MEMORY_DISK=Z:/dev/shm

# What comes with each Windows 10.
system_dlls='advapi32 bcrypt crypt32 iphlpapi kernel32 msvcrt secur32 userenv ws2_32'
imports_of() { objdump -p "$1" | sed -n 's/^\tDLL Name: \(.*\)\.[dD][lL][lL]$/\L\1/p' | sort -u; }
foreign_imports() { grep -vxF -f <(tr ' ' '\n' <<<"$system_dlls") || true; }
exports_of() { gendef - "$1" 2>/dev/null | tr -d '\r' | sed -n '/^EXPORTS/,$p' | sed '1d; s/ .*//'; }

# NAME FUNCTION...: an import library of the system's for MSVC's linker.
import_library() {
  { printf 'LIBRARY %s.dll\nEXPORTS\n' "$1"; printf '  %s\n' "${@:2}"; } >"$work/$1.def"
  llvm-dlltool -m i386:x86-64 -d "$work/$1.def" -l "$work/$1.lib"
}

dll() {
  build embeddables_dll
  local dll=$bin/embeddables-agent.dll foreign names
  foreign=$(imports_of "$dll" | foreign_imports)
  [ -z "$foreign" ] || { echo "$dll needs what is not the system's:" $foreign; return 1; }
  mapfile -t names < <(exports_of "$dll")
  foreign=$(printf '%s\n' "${names[@]}" | grep -v '^emb_' || true)
  [ -z "$foreign" ] || { echo "$dll shows more than emb_*:" $foreign; return 1; }
  [ "${#names[@]}" -ge 40 ] || { echo "$dll shows only ${#names[@]} names"; return 1; }
  # The checks must find what is wrong.
  [ "$(printf 'kernel32\nlibstdc++-6\n' | foreign_imports)" = libstdc++-6 ]
  # As MSVC: its ABI, its linker's options, its kind of import library.
  (cd "$work" && quietly gendef "$OLDPWD/$dll" &&  # as desktop.md says
    llvm-dlltool -m i386:x86-64 -d embeddables-agent.def -l embeddables-agent.lib)
  import_library msvcrt puts memset memcpy exit
  clang --target=x86_64-pc-windows-msvc -ffreestanding -O1 -Wall -Wextra -Wno-missing-field-initializers \
    -Werror -I include -c tests/windows/msvc_host.c -o "$work/msvc_host.obj"
  lld-link /nodefaultlib /entry:Begin /subsystem:console "/out:$bin/msvc_host.exe" \
    "$work/msvc_host.obj" "$work/embeddables-agent.lib" "$work/msvcrt.lib"
  (cd "$work" && "$wine" "$OLDPWD/$bin/msvc_host.exe")
  echo "[figure] windows dll bytes=$(stat -c %s "$dll") names=${#names[@]} imports=$(imports_of "$dll" | wc -l)"
}

quietly() {
  "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log"; echo "failed: $*"; return 1; }
}

# Starts what installs and prints "listening on URL"; sets $collector and $url.
begin_collector() {
  : >"$work/listening"
  "$@" >"$work/listening" &
  collector=$!
  local i
  for ((i = 0; i < 600; ++i)); do
    url=$(tr -d '\r' <"$work/listening" | sed -n 's/^listening on //p')
    [ -z "$url" ] || return 0
    sleep 0.1
  done
  echo "the collector did not start"
  return 1
}

# WHAT PROGRAM: an event of its own, sent to the collector.
consume() {
  local said
  said=$(cd "$work/stores" && timeout 120 "$wine" "$2" "$consumed.db" "$url" | tr -d '\r')
  [ "$said" = "$version" ] || { echo "$1: says $said"; return 1; }
  [ -f "$work/stores/$consumed.db" ] || { echo "$1: no store"; return 1; }
  consumed=$((consumed + 1))
  echo "$1: ran"
}

# WHAT FOLDER LANGUAGE: a project of its own, by find_package.
consume_project() {
  local from=$work/consumer$consumed
  quietly cmake -G Ninja -S "tests/consumers/$2" -B "$from" -DCMAKE_BUILD_TYPE=Release \
    "-DCMAKE_TOOLCHAIN_FILE=$PWD/platform/toolchains/windows.cmake" \
    "-Dembeddables-agent_DIR=$tree/lib/cmake/embeddables-agent"
  quietly cmake --build "$from"
  consume "$1" "$from/consumer.exe"
}

install() {
  local tree="$work/Prüfung der Ablage 設置" version url consumed=0 received said
  version=$(sed -n 's/^project(embeddables-agent VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  # The programs that Wine runs, and their arguments, are in UTF-8 there.
  local -x LC_ALL=C.UTF-8
  mkdir "$work/stores"
  build embeddables embeddables_dll embeddables-agent embeddables-collector sbom
  quietly cmake --install build/windows --prefix "$work/before"
  mv "$work/before" "$tree"
  ! grep -rlF -e "$PWD/build" -e "$work/before" "$tree" ||
    { echo "the installed tree names the build's folders"; return 1; }
  begin_collector "$wine" "$tree/bin/embeddables-collector.exe" --port 0
  consume_project "find_package" find_package
  consume_project "find_package without C++" c
  # Neither libcurl nor SQLite is there for this one.
  mkdir "$work/dll"
  quietly x86_64-w64-mingw32-gcc-posix -std=c99 -Wall -Wextra -Werror "-I$tree/include" \
    tests/consumers/consumer.c "$tree/lib/libembeddables-agent.dll.a" -o "$work/dll/consumer.exe"
  cp "$tree/bin/embeddables-agent.dll" "$work/dll"
  consume "the DLL" "$work/dll/consumer.exe"
  local agent=("$wine" "$tree/bin/embeddables-agent.exe") store=(--store "line.db")
  (cd "$work/stores" && EMBEDDABLES_API_KEY=rk_demo quietly "${agent[@]}" track installed "${store[@]}" \
    --project pr_demo --embeddable flow_demo --identifier email=a@b.c --base-url "$url")
  said=$(cd "$work/stores" && "${agent[@]}" status "${store[@]}" | tr -d '\r')
  grep -qx 'delivered  1' <<<"$said" || { echo "status says $said"; return 1; }
  consumed=$((consumed + 1))
  received=$(curl -s "$url/_received" | wc -l)
  [ "$received" -eq $consumed ] || { echo "$consumed events were sent, $received received"; return 1; }
  kill "$collector"
  wait "$collector" 2>/dev/null || true
  collector=
  echo "[figure] windows install consumers=$consumed received=$received"
}

# "PASSED" or "SKIPPED": how many tests GoogleTest says that of.
count() {  # WORD LOG
  sed -n "s/^\[ *$1 *\] \([0-9]*\) tests\?[.,].*/\1/p" "$2" | awk '{ all += $1 } END { print all + 0 }'
}

# Runs the program LABEL_tests in SHARDS parts side by side, without the tests that `left_out` names.
# At least LEAST tests must pass: one that ends too early has passed as little as one that fails.
run_tests() {  # LABEL LEAST SHARDS SECONDS
  local log=build/windows-$1_tests.log all=$work/$1.all shard running=() failed=0 filter passed skipped
  filter=-$(tr -s ' \n' ':' <<<"${left_out:-}")
  for ((shard = 0; shard < $3; ++shard)); do
    GTEST_TOTAL_SHARDS=$3 GTEST_SHARD_INDEX=$shard timeout "$4" "$wine" "$bin/$1_tests.exe" \
      "--gtest_filter=${filter%:}" >"$work/$1.$shard" 2>&1 &
    running+=($!)
  done
  for shard in "${running[@]}"; do wait "$shard" || failed=1; done
  cat "$work/$1".[0-9]* | tr -d '\r' >"$all"
  passed=$(count PASSED "$all") skipped=$(count SKIPPED "$all")
  # For tests/systems.sh, which reads one run.
  grep -v '^\[ *\(PASSED\|SKIPPED\) *\] [0-9]* tests\?[.,]' "$all" >"$log" || true
  [ $failed -eq 0 ] || { grep -v '^\[ \(RUN \|      OK\)' "$log"; return 1; }
  [ "$passed" -ge "$2" ] || { echo "$1: only $passed tests passed, $2 were expected"; return 1; }
  .ci/skipped.sh windows "$log"
  echo "[  PASSED  ] $passed tests." | tee -a "$log"
  [ "$skipped" -eq 0 ] || echo "[  SKIPPED ] $skipped tests" | tee -a "$log"
}

unit() {
  # These remove or rename a file that is open, which Windows refuses; the last one names the locales
  # of other systems.
  local left_out='*MemoryWhoseFileIsRemoved* *ALockThatIsLostEnds* *SoIsTheStoresTrouble
    *AFileThatTakesThePlaceIsGiven* *AFileThatLostItsNameIsTakenOver*
    *OneThatAnotherProcessHasSetAside* *VolatileEventsOutliveARepair *WhatWasInARemovedLog*
    *ARemovedLogThatAReaderHoldsUp*
    *ALogIsNotWrittenBackOnceAnotherProcess* *WhatLosesTheLogsIndex* *ALogWhoseIndexWasRemoved*
    *NumbersPrintTheSameInEveryLocale'
  # 4,000 transactions, one by one: more than a minute of Wine's.
  $whole || left_out+=' *TheByteBoundHoldsTheLogIncluded'
  build unit_tests
  run_tests unit 500 2 900
}

# In a console that Wine draws on a terminal, `top` shows the store again and again, until q.
top_draws() {
  local agent=("$wine" "$bin/embeddables-agent.exe") store="Z:$work/top.db" exit=0 seen=$work/seen
  "${agent[@]}" track door_opened --no-flush --store "$store" --project pr_try --embeddable flow_try \
    --identifier email=a@b.c >/dev/null
  mkfifo "$work/keys"
  timeout 120 script -qec "stty rows 30 cols 100; ${agent[*]} top --store $store --project pr_try \
    --embeddable flow_try" /dev/null <"$work/keys" >"$seen" &
  local top=$!
  exec 4>"$work/keys"
  until [ "$(grep -c 'top, q ends' "$seen")" -ge 2 ]; do
    kill -0 "$top" || { cat -v "$seen"; return 1; }
    sleep 0.1
  done
  printf q >&4
  wait "$top" || exit=$?
  exec 4>&-
  [ "$exit" -eq 0 ] && grep -q 'pending  *1 ' "$seen" || { cat -v "$seen"; return 1; }
  echo "top draws in a console, and ends with q"
}

story() {
  # One of these starts a shell, one removes a store that is open, which Windows refuses.
  local left_out='*StdinNamesTheLineItRefuses* *AfterTheStoreWasReplaced*'
  build story_tests
  run_tests story 11 2 900
  top_draws
}

e2e() {
  # In this order: a store that is open is renamed or its log removed, which Windows refuses; a
  # collector with TLS; programs of another system (a shell, date, cc) and /proc; arguments that are no
  # text; libcurl without zlib; promises of 200 and 15 ms, which Wine does not keep on a busy machine;
  # here the network monitor has news after it began, and is looked at once more; a shim of Linux; a
  # file's name with quotes; here the file with which the doctor measures the disk has a name.
  local left_out='*ARemovedLogIsWrittenBack* *ARenamedStoreIsTakenOver*
    *AFileThatComesBack* LateVolume.*
    *OverTlsWithOnesOwnAuthority *TlsThatCannotBeVerified*
    *TimesAsDateAndOthersPrintThem *OutputThatCannotBeWritten* *ExportWritesLinesThatTrack*
    HeaderForC.* Api.AnIdleAgentSleeps Api.AHundredStartsLeaveNothingBehind
    *WhatIsPrintedCannotMoveTheTerminal
    AnswersTest.CompressedThoughNobodyAsked *CompressedAndCutOff* AnswersTest.ABombIsNotUnpacked
    AnswersTest.OneCodingInChunksIsRead
    *ACaptivePortalIsNoDelivery PumpTest.NeverWaitsForTheNetwork
    PumpTest.SaysWhenToCallAgain
    CommandLineLateEnd.* *MeasuresForPrometheus Doctor.DisturbsNeither*'
  build e2e_tests
  run_tests e2e 165 2 1800
}

parts() {
  # Programs that end their lines as the C library does, and that have POSIX's sockets.
  local left_out='OwnTransportSample.*'
  build parts_tests
  run_tests parts 65 2 900
}

contract() {
  # A certificate for the collector, which has no TLS here; a shell's script and "true"; SIGTERM.
  local left_out='CollectorProxy.VerifiesTheServersCertificate
    CollectorCheck.AScriptThatBreaksRulesIsFoundOut
    CollectorCheck.AScriptThatGivesUpIsFoundOut
    CollectorCheck.WhatDoesNothingOrIsNoProgramFails
    CollectorCheck.ATableThatCannotBeWrittenIsAnError CollectorPage.OpenOnesDoNotKeepItFromEnding'
  build contract_tests
  run_tests contract 38 1 900
}

faults() {
  # A collector with TLS; a receive buffer of 4 KiB, with which an upload of 200 kB takes more than a
  # minute under Wine; a start within 4 s, an end within 300 ms or a second and 8,200 requests within a
  # minute, on a busy machine; 86,400 transactions, one by one; damage that the process tells that
  # salvages, here either of two (tests/windows/locked_test.cc has the test); a shim of Linux; a share of a core, for
  # each nap is a question to Wine's server (1.2 to 1.6 % of a core in place of less than 1 %).
  local left_out='ProxyFault.HttpsGoesThroughByConnect ProxyFault.ConnectRefusedWithAnyStatus*
    ProxyFault.TheEnvironmentsProxies*
    ServerFault.ReadsSlowly
    Locked.AgainstReadingNothingIsSentUntilItIsRead Locked.TheTimeThatWasSetIsRemembered*
    DamagedStore.FoundWhileRunningWhatIsLost* Overflow.* DamagedStore.FoundBesideAnotherProcess*
    Immediate.EachAcknowledgement* Immediate.CallersThatComeTogether* Immediate.AStuckDisk*
    ServerFault.HangingOnAnOldConnectionCostsNoCore Locked.TheEndSaysThat*'
  build faults_tests
  run_tests faults 110 1 2400
}

# FOLDER: an authority, another one, and a certificate for 127.0.0.1 of the first.
make_certificates() {
  local name
  for name in authority other; do
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$name" \
      -keyout "$1/$name.key" -out "$1/$name.pem" 2>/dev/null
  done
  openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout "$1/server.key" 2>/dev/null |
    openssl x509 -req -days 30 -CA "$1/authority.pem" -CAkey "$1/authority.key" -CAcreateserial \
      -extfile <(echo subjectAltName=IP:127.0.0.1) -out "$1/server.pem" 2>/dev/null
}

# FOLDER: below it a small disk, and one that nobody may write to. Only root can.
make_disks() {
  mkdir -p "$1"/{small,read_only}
  mount -t tmpfs -o size=8m embeddables-test "$1/small" &&
    mount -t tmpfs -o size=4m,ro embeddables-test "$1/read_only"
} 2>/dev/null

windows() {
  build windows_tests
  # This collector has no TLS on Windows: the system's own serves.
  cmake --preset release -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON >/dev/null
  .ci/progress.sh cmake --build --preset release --target embeddables-collector
  make_certificates "$work"
  coproc server { exec build/release/bin/embeddables-collector --quiet --port 0 \
    --tls "$work/server.pem" "$work/server.key"; }
  collector=$server_PID
  local line
  read -r line <&"${server[0]}"
  if make_disks "$work/disk"; then
    export EMBEDDABLES_SMALL_DISK=Z:$work/disk/small EMBEDDABLES_READ_ONLY_DISK=Z:$work/disk/read_only
  fi
  EMBEDDABLES_TLS_URL=${line##* } EMBEDDABLES_TLS_CA="Z:$work/authority.pem" \
    EMBEDDABLES_TLS_OTHER_CA="Z:$work/other.pem" \
    run_tests windows 60 1 1800
}

# A network of its own, in which an address comes and goes, and no name server answers.
network() {
  build windows_tests
  if ! unshare --net --mount true 2>/dev/null; then
    echo "not tried, for it needs root: news of the network"
    return
  fi
  echo "nameserver 10.9.8.1" >"$work/resolv.conf"
  EMBEDDABLES_WINEPREFIX=$work/wine unshare --net --mount bash -eu -c '
    mount --bind "$1/resolv.conf" "$(realpath /etc/resolv.conf)"
    ip link set lo up
    ip link add way type veth peer name other
    ip link set other up
    ip link set way up
    # TEST: begins it.
    begin() {
      said=$1/$4
      timeout 300 "$2" "$3/windows_tests.exe" --gtest_also_run_disabled_tests \
        "--gtest_filter=*DISABLED_$4" >"$said" 2>&1 &
      running=$!
    }
    # LINE TIMES: until the test has said it so often.
    waits() { until [ "$(grep -c "$1" "$said")" -eq "$2" ]; do
      kill -0 $running || { cat "$said"; exit 1; }
      sleep 0.1
    done; }
    ends() { wait $running || { cat "$said"; exit 1; }; }
    begin "$@" SeesAnAddressComeAndGo
    waits "waits for news" 1
    ip address add 10.9.8.7/24 dev way
    waits "waits for news" 2
    ip address delete 10.9.8.7/24 dev way
    ends
    echo "an address came and went, and each was seen"
    begin "$@" FindsARouteThatCameAfterItsAddress
    waits "wants both" 1
    ip route add default dev way
    ip address add 10.9.8.7/24 dev way
    waits "wants neither" 1
    ip route delete default
    ip address delete 10.9.8.7/24 dev way
    waits "wants the address" 1
    ip address add 10.9.8.7/24 dev way
    waits "wants the route" 1
    ip route add default dev way
    ends
    echo "a route came after its address, and was seen"
    ip neighbour add 10.9.8.1 lladdr 02:00:00:00:00:01 dev way
    begin "$@" ALookUpThatHangsKeepsItsDll
    ends
    echo "a look-up that hung kept its DLL"' bash "$work" "$wine" "$bin"
}

for part in "$@"; do
  begun=$SECONDS
  echo "=== Windows: $part"
  "$part"
  echo "--- Windows: $part took $((SECONDS - begun)) s"
done
