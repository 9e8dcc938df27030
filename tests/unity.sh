#!/usr/bin/env bash
# The package for Unity (samples/unity), without Unity: compiled against a stub of the engine as
# C# 7, and run by Mono with the native library and the collector.
#
#   tests/unity.sh [STEP...]     layout, session, deny, reload, missing, engine_http; all by default
#
# EMBEDDABLES_UNITY_LIBRARY=FILE: with this library, as one without libcurl.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages libgtest-dev gcc curl mono-mcs mono-runtime
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset release ${CMAKE_ARGS:-} >/dev/null
.ci/progress.sh cmake --build --preset release --target embeddables_c_shared embeddables-collector
bin=$PWD/build/release/bin
work=$(mktemp -d)
collector=
trap '[ -z "$collector" ] || kill "$collector"; rm -rf "$work"' EXIT

# The assemblies that the asmdefs describe, each with what it may see.
compile() { mcs -langversion:7 -warnaserror "-lib:$work" "$@"; }
compile -target:library "-out:$work/UnityEngine.dll" tests/unity/*Stub.cs
compile -target:library -unsafe -r:UnityEngine.dll "-out:$work/Embeddables.Agent.dll" \
  samples/unity/Runtime/*.cs
compile -target:library -r:UnityEngine.dll,Embeddables.Agent.dll \
  "-out:$work/Embeddables.Agent.Minimal.dll" 'samples/unity/Samples~/Minimal/'*.cs
compile -r:UnityEngine.dll,Embeddables.Agent.dll,Embeddables.Agent.Minimal.dll \
  "-out:$work/Play.exe" tests/unity/*Play.cs
# The guide's code is one program.
awk '/^```csharp$/ {code = 1; next} /^```$/ {code = 0} code' samples/guides/unity.md \
  >"$work/guide.cs"
[ "$(wc -l <"$work/guide.cs")" -gt 20 ]
compile -target:library -r:UnityEngine.dll,Embeddables.Agent.dll "-out:$work/guide.dll" \
  "$work/guide.cs"
# On Windows the declarations are the same, the name of the library is another.
compile -target:library -unsafe -define:UNITY_STANDALONE_WIN -r:UnityEngine.dll \
  "-out:$work/windows.dll" samples/unity/Runtime/*.cs
cp "${EMBEDDABLES_UNITY_LIBRARY:-$bin/libembeddables_c_shared.so}" "$work/libembeddables.so"
play() { LD_LIBRARY_PATH=$work timeout 300 mono "$work/Play.exe" "$@"; }

start_collector() {
  : >"$work/said"  # it is read before the collector has opened it
  "$bin/embeddables-collector" --port 0 --quiet >"$work/said" &
  collector=$!
  for _ in $(seq 200); do
    url=$(sed -n 's/^listening on //p' "$work/said")
    [ -z "$url" ] || return 0
    sleep 0.05
  done
  echo "the collector did not start"
  return 1
}
stop_collector() {
  kill "$collector"
  wait "$collector" || true
  collector=
}
# How many different values the expression finds in what the collector has.
received() { curl -s "$url/_received" | { grep -oE "$1" || true; } | sort -u | wc -l; }
is() {  # NUMBER WANTED WHAT
  [ "$1" -eq "$2" ] || { echo "$3: $1 instead of $2"; return 1; }
}
# Runs a step; its words are shown if it fails.
run() {
  mkdir "$work/$1"
  EMBEDDABLES_DEBUG=1 play "$1" "$url" "$work/$1" >"$work/log" 2>&1 || { tail -n 40 "$work/log"; return 1; }
}

# Sizes and offsets as C has them.
layout() {
  play layout >"$work/layout"
  {
    printf '#include <embeddables/agent_c.h>\n#include <stdio.h>\nint main(void) {\n'
    while read -r struct field _; do
      case $field in
        sizeof) echo "printf(\"$struct sizeof %zu\\n\", sizeof($struct));" ;;
        *) echo "printf(\"$struct $field %zu\\n\", offsetof($struct, $field));" ;;
      esac
    done <"$work/layout"
    printf 'return 0;\n}\n'
  } >"$work/layout.c"
  gcc -Iinclude "$work/layout.c" -o "$work/layout_of_c"
  "$work/layout_of_c" | diff - "$work/layout"
  [ "$(wc -l <"$work/layout")" -ge 150 ]
}

session() {
  run session
  is "$(received '"n":[0-9]+,"language":"C# ä"')" 100 "different numbers"
  is "$(received '"name":"[a-z_]+"')" 7 "different names"
  is "$(received 'ä€😀')" 1 "texts of more than ASCII"
  is "$(received '"event_id":"[0-9a-f-]{36}"')" 136 "events"
}

deny() {
  run deny
  is "$(received '.+')" 0 "events after a denial"
}

reload() {
  run reload
  is "$(received '"n":[0-9]+')" 1300 "events after reloads"
}

# Without the native library the game goes on, and the console says what is missing.
missing() {
  mv "$work/libembeddables.so" "$work/elsewhere"
  run missing
  mv "$work/elsewhere" "$work/libembeddables.so"
}

engine_http() {
  local numbers whole
  run engine_http
  numbers=$(sed -n 's/^numbers: //p' "$work/log")
  is "$(received '"n":[0-9]+')" "$numbers" "different numbers"
  whole=$(curl -s "$url/_received" | grep -c '"name":"whole"')
  is "$whole" "$(curl -s "$url/_received" | grep '"name":"whole"' | grep -oE '"n":[0-9]+' |
    sort -u | wc -l)" "events whose requests nothing cut"
  ! grep '^misuse' "$work/log" || { echo "the engine was used off its thread"; return 1; }
}

[ $# -gt 0 ] || set -- layout session deny reload missing engine_http
for step in "$@"; do
  start_collector
  "$step"
  stop_collector
  echo "unity: $step"
done
