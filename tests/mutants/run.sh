#!/usr/bin/env bash
# Would the tests notice? Each patch here is one deliberate mistake, as someone might make it. Each
# is put into a copy of the tree and built; the unit tests must fail, or else the simulation must.
# A patch that no longer applies fails the run too: mend it.
#
#   tests/mutants/run.sh [--some N]   N of them, other ones with each commit; default: all
#   tests/mutants/run.sh NAME...      these
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/packages.sh

need $build_packages libgtest-dev openssl patch
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
jobs=$(nproc)
# Each mistake that the unit tests miss costs a run of the simulation: a part of it.
export EMBEDDABLES_SIM_SEEDS=${EMBEDDABLES_SIM_SEEDS:-35}
export EMBEDDABLES_SIM_POINTS=${EMBEDDABLES_SIM_POINTS:-40}

mapfile -t all < <(ls tests/mutants/*.patch | xargs -n 1 basename -s .patch)
chosen=("${all[@]}")
if [ "${1:-}" = --some ]; then
  from=$((16#$(git rev-parse --short=6 HEAD | cut -c 1-6)))
  chosen=()
  for ((i = 0; i < $2; ++i)); do
    # 7 apart, so that a few of each room come up together.
    chosen+=("${all[(from + 7 * i) % ${#all[@]}]}")
  done
elif [ $# -gt 0 ]; then
  chosen=("$@")
fi

# Made anew: what an interrupted run left could hide a mistake behind a newer object.
work=build/mutants
rm -rf "$work"
mkdir -p "$work/tree" "$work/logs"
git ls-files -z | xargs -0 cp -p --parents -t "$work/tree"
# Built as the tree itself is built for release, so that ccache has all but the mistakes.
export CCACHE_BASEDIR=$PWD/$work/tree CCACHE_NOHASHDIR=1
(cd "$work/tree" && cmake --preset release ${CMAKE_ARGS:-} >/dev/null)
build=$work/tree/build/release

# All of them, also those that are not tried today.
stale=0
for name in "${all[@]}"; do
  patch -s -p 1 -F 0 --dry-run -d "$work/tree" <"tests/mutants/$name.patch" || {
    echo "$name no longer applies"
    stale=1
  }
done
[ "$stale" -eq 0 ]

# 0: the tests failed. Or hung: they get five times of what they take without a mistake. Each
# processor has a part of them; the first that fails ends the others.
declare -A limit
caught_by() {
  cmake --build "$build" --target "$1_tests" >"$2" 2>&1 || return 2
  local part parts=() caught=1
  for ((part = 0; part < jobs; ++part)); do
    GTEST_TOTAL_SHARDS=$jobs GTEST_SHARD_INDEX=$part timeout "${limit[$1]}" \
      "$build/bin/$1_tests" --gtest_fail_fast --gtest_brief=1 >>"$2" 2>&1 &
    parts+=($!)
  done
  for part in "${parts[@]}"; do
    wait -n || { caught=0 && kill "${parts[@]}" 2>/dev/null || true; }
  done
  return $caught
}
without_a_mistake() {
  local status=0 begun=$SECONDS
  limit[$1]=3600
  caught_by "$1" "$work/logs/unchanged.$1" || status=$?
  if [ "$status" -ne 1 ]; then
    tail -n 30 "$work/logs/unchanged.$1"
    echo "the $1 tests must pass without a mistake first"
    exit 1
  fi
  limit[$1]=$((60 + 5 * (SECONDS - begun)))
}
suites=(unit)
grep -q '^build simulation_tests' "$build/build.ninja" && suites+=(simulation)

# What the unit tests catch need not wait for the simulation.
broken=0
remaining=("${chosen[@]}")
printf '%-40s %s\n' mistake result
for suite in "${suites[@]}"; do
  [ ${#remaining[@]} -gt 0 ] || break
  without_a_mistake "$suite"
  survivors=()
  for name in "${remaining[@]}"; do
    patch=tests/mutants/$name.patch
    file=$(sed -n 's|^+++ b/||p' "$patch")
    cp "$work/tree/$file" "$work/before"
    patch -s -p 1 -F 0 -d "$work/tree" <"$patch"
    status=0
    caught_by "$suite" "$work/logs/$name.$suite" || status=$?
    case $status in
      0)
        by=$(sed -n 's/^\[  FAILED  \] \([A-Za-z0-9_./]*\).*/\1/p' "$work/logs/$name.$suite" |
          head -n 1)
        printf '%-40s %s\n' "$name" "caught by $suite: ${by:-it crashed or hung}"
        ;;
      1) survivors+=("$name") ;;
      *)
        broken=$((broken + 1))
        printf '%-40s %s\n' "$name" "does not build"
        ;;
    esac
    cat "$work/before" >"$work/tree/$file"  # with a new time, so that it is built again
    rm -f "$work/tree/$file".orig
  done
  remaining=("${survivors[@]}")
done
for name in "${remaining[@]}"; do printf '%-40s %s\n' "$name" survived; done
echo "[figure] mutants tried=${#chosen[@]} not caught=$((${#remaining[@]} + broken)) of=${#all[@]}"
[ $((${#remaining[@]} + broken)) -eq 0 ]
