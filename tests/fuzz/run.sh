#!/usr/bin/env bash
# Builds the fuzz targets (clang, libFuzzer), replays the whole corpus, then searches with each
# target for SECONDS, all cores at work. A finding fails the run and is left in
# build/fuzz/crashes/; once mended, keep it in tests/fuzz/corpus/TARGET/ under a name that says
# what it was: every build's ctest replays it.
#
#   tests/fuzz/run.sh [SECONDS, default 60] [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/packages.sh

seconds=${1:-60}
shift || true
targets=${*:-$(ls tests/fuzz/corpus)}

need $build_packages libgtest-dev clang "libclang-rt-$(clang_major)-dev"
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset fuzz ${CMAKE_ARGS:-} >/dev/null
cmake --build --preset fuzz
ctest --test-dir build/fuzz -L fuzz --output-on-failure --no-tests=error -j "$(nproc)"

mkdir -p build/fuzz/crashes build/fuzz/logs
# A store is written to files: memory is fast, and the flash lives longer.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
search() {  # TARGET SECONDS CORES
  local target=$1 seconds=$2 log=build/fuzz/logs/$1 core made searches=() inputs=0 failed=0
  # It begins with what earlier runs have learnt (keep.sh); what it learns stays in the build tree.
  mkdir -p "build/fuzz/learnt/$target"
  [ ! -f "tests/fuzz/learnt/$target.tar.gz" ] ||
    tar -xzf "tests/fuzz/learnt/$target.tar.gz" -C "build/fuzz/learnt/$target"
  for core in $(seq "$3"); do
    build/fuzz/bin/fuzz_"$target" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 \
      -close_fd_mask=1 -print_final_stats=1 -artifact_prefix="build/fuzz/crashes/$target-" \
      "build/fuzz/learnt/$target" "tests/fuzz/corpus/$target" >"$log.$core" 2>&1 &
    searches+=($!)
  done
  for core in $(seq "$3"); do
    wait "${searches[core - 1]}" || { tail -n 40 "$log.$core"; failed=1; }
    made=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log.$core")
    inputs=$((inputs + ${made:-0}))
  done
  echo "[figure] fuzz target=$target seconds=$seconds cores=$3 inputs=$inputs crashes=$failed"
  [ "$failed" -eq 0 ] || echo "see build/fuzz/crashes"
  return "$failed"
}
export -f search
count=$(wc -w <<<"$targets")
cores=$(($(nproc) > count ? $(nproc) / count : 1))
tr ' ' '\n' <<<"$targets" | xargs -P "$(nproc)" -I{} bash -c "search {} $seconds $cores"
