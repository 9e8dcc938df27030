#!/usr/bin/env bash
# Memcheck on a short end-to-end run, with the leak check: agents in this process, the command line
# and the quickstart in others. It sees into libcurl, SQLite and OpenSSL, which the sanitizers of
# our own build do not.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages libgtest-dev openssl valgrind
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset release ${CMAKE_ARGS:-} >/dev/null
cmake --build --preset release --target e2e_tests embeddables-agent embeddables-collector quickstart

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# A test counts allocations with an operator new of its own: mismatched frees are ASan's to find.
memcheck() {
  valgrind --quiet --error-exitcode=99 --leak-check=full --show-mismatched-frees=no \
    --errors-for-leak-kinds=definite,possible --show-leak-kinds=definite,possible \
    --trace-children=yes --trace-children-skip='*embeddables-collector,*/sh,*openssl' \
    --log-file="$logs/%p" "$@"
}

g++ -g -O0 tests/lint/leak_canary.cc -o "$logs/canary"
if memcheck "$logs/canary"; then
  echo "valgrind did not refuse its canary"
  exit 1
fi
rm "$logs"/*

tests='Delivery.ArrivesExactlyAsTracked:Delivery.OverTlsWithOnesOwnAuthority'
tests+=':Delivery.TlsThatCannotBeVerified*:Delivery.DeadLetters*:Delivery.AWrongKey*'
tests+=':Api.PurgeDrops*:Api.MemoryFallback*:Api.CallbacksMay*:Api.VolatileEvents*'
tests+=':CommandLine.OfflineThenOnline:CommandLine.DeadLetters*:CommandLine.QuickstartRuns*'
tests+=':ShutdownTest.AgainstAServer*'
# One process of memcheck's takes one processor, whatever it runs.
shards=$(nproc) running=() result=0
for ((shard = 0; shard < shards; ++shard)); do
  GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$shard \
    memcheck build/release/bin/e2e_tests --gtest_brief=1 --gtest_filter="$tests" &
  running+=($!)
done
for shard in "${running[@]}"; do wait "$shard" || result=$?; done
# A child's findings need not reach the test that ran it.
findings=$(find "$logs" -type f -size +0)
[ -z "$findings" ] || cat $findings
echo "[figure] valgrind processes=$(find "$logs" -type f | wc -l) with findings=$(echo -n "$findings" | grep -c . || true)"
[ "$result" -eq 0 ] && [ -z "$findings" ]
