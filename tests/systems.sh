#!/usr/bin/env bash
# The table of systems in README.md, from what ran there. A row of .ci/run or .ci/long that has
# passed on a system notes it; a system that has not run again keeps its row.
#
#   tests/systems.sh                     prints the table
#   tests/systems.sh --renew             writes it into README.md
#   tests/systems.sh --note SYSTEM BUILD_FOLDER WHAT_DID_NOT_RUN LOG...
#                                        with the logs of CTest or GoogleTest, all of which passed; where
#                                        nothing can run, with a file *.compiled that says what was done.
#                                        =COMPILER may stand for the folder of a build
set -euo pipefail
cd "$(dirname "$0")/.."
notes=build/systems

# "507 unit tests, 2 skipped": the log of GoogleTest has the name of its program.
count() {  # LOG
  local passed skipped label=""
  if [[ $1 == *.compiled ]]; then
    printf '%s' "$(cat "$1")"
    return
  fi
  if grep -q '^\[  PASSED  \]' "$1"; then
    passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests\?.*/\1/p' "$1")
    skipped=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) tests\?.*/\1/p' "$1")
    label=$(basename "$1" _tests.log)
  else
    skipped=$(grep -c '(Skipped)$' "$1" || true)
    passed=$(sed -n 's/^100% tests passed.* out of \([0-9]*\)$/\1/p' "$1")
    [ -z "$passed" ] || passed=$((passed - skipped))
  fi
  printf '%s %stests%s' "$passed" "${label:+${label##*-} }" "$([ "${skipped:-0}" -eq 0 ] || echo ", $skipped skipped")"
}

note() {
  local system=$1 folder=$2 missing=$3 compiler ran="" log
  shift 3
  [[ $folder != =* ]] || compiler=${folder#=}
  [ -n "${compiler:-}" ] || compiler=$(sed -n 's/^set(CMAKE_CXX_COMPILER_\(ID\|VERSION\) "\(.*\)")$/\2/p' \
    "$folder"/CMakeFiles/*/CMakeCXXCompiler.cmake | tr '\n' ' ' | sed 's/GNU/GCC/; s/ $//')
  for log in "$@"; do
    grep -qE '^\[  FAILED  \]|tests failed out of' "$log" && ! grep -q '^100% tests passed' "$log" &&
      { echo "$log: not all passed"; exit 1; }
    ran+="${ran:+; }$(count "$log")"
  done
  [ -n "$compiler" ] && [[ $ran == [0-9]* ]] || { echo "$system: no results in $*"; exit 1; }
  mkdir -p $notes
  echo "| $system | $compiler | $ran | $missing | $(date -u +%F) |" >"$notes/${system//[^A-Za-z0-9]/_}"
}

# README's rows, with those that have run again in their place and new ones at the end.
table() {
  local line system
  local -A noted=()
  for line in "$notes"/*; do
    [ -f "$line" ] || continue
    line=$(cat "$line")
    system=${line#| }
    noted[${system%% |*}]=$line
  done
  while IFS= read -r line; do
    system=${line#| }
    system=${system%% |*}
    echo "${noted[$system]:-$line}"
    unset "noted[$system]"
  done < <(sed -n '/^| system | compiler /,/^$/{/^|/p}' README.md)
  for line in "${noted[@]}"; do echo "$line"; done | sort
}

case ${1:-} in
  --note) shift && note "$@" ;;
  --renew)
    table >build/systems.md
    sed -i -e '/^| system | compiler /,/^$/{/^|/d}' README.md
    sed -i -e '/^<!-- tests\/systems.sh -->$/r build/systems.md' README.md
    ;;
  *) table ;;
esac
