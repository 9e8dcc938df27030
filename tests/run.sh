#!/usr/bin/env bash
# Installs what it needs (Debian, Ubuntu), builds, runs all tests, ends with CTest's summary.
#
#   tests/run.sh [--preset release|asan|tsan|coverage] [CTest's options, e.g. -L unit]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

preset=release
if [ "${1:-}" = --preset ]; then
  preset=$2
  shift 2
fi

# One label alone installs and builds only what it needs.
label=all
case ${1:-} in -L) case ${2:-} in unit | parts | contract | e2e | faults | simulation) label=$2 ;; esac ;; esac
target=()
[ "$label" = all ] || target=(--target "${label}_tests")

need $build_packages libgtest-dev libnghttp2-dev
case $preset in asan | tsan) need clang "libclang-rt-$(clang_major)-dev" ;; esac
case $label in
  all | e2e | faults) need curl openssl iproute2 nftables libfaketime nginx-light ;;
  contract) need curl openssl ;;
esac
# The languages of tests/hosts/; sanitized libraries do not fit their interpreters.
case $label-$preset in all-release | e2e-release) need python3 luajit mono-mcs mono-runtime ;; esac
case $label in
  all | contract)
    # A machine may have a newer Node.js than Debian's.
    command -v node >/dev/null || need nodejs
    command -v npm >/dev/null || need npm
    tests/contract/install_prism.sh build/prism
    ;;
esac

command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --preset "$preset" ${CMAKE_ARGS:-}
.ci/progress.sh cmake --build --preset "$preset" "${target[@]}"
export EMBEDDABLES_PRISM=$PWD/build/prism/node_modules/.bin/prism
# These builds make the simulation many times slower: fewer seeds and other ones, a part of each
# loop's points.
few_seeds() {
  export EMBEDDABLES_SIM_SEEDS=${EMBEDDABLES_SIM_SEEDS:-$1}
  export EMBEDDABLES_SIM_POINTS=${EMBEDDABLES_SIM_POINTS:-$2}
  export EMBEDDABLES_SIM_FIRST=${EMBEDDABLES_SIM_FIRST:-$3}
}
case $preset in
  asan) few_seeds 5 5 10001 ;;
  coverage) few_seeds 5 12 20001 ;;
esac
# Of the thousands of allocations in each scenario that may fail; .ci/long tries all.
export EMBEDDABLES_SIM_ALLOCATIONS=${EMBEDDABLES_SIM_ALLOCATIONS:-500}
export TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/tests/tsan.supp ${TSAN_OPTIONS:-}"
# More than processors, for most tests wait; with sanitizers they compute more.
jobs=$((3 * $(nproc)))
case $preset in
  asan) jobs=$((5 * $(nproc) / 2)) ;;
  tsan) jobs=$((2 * $(nproc))) ;;
esac
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$jobs" "$@"
