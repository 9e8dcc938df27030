#!/usr/bin/env bash
# Line coverage of agent/ and platform/ by all tests, file by file, with the lines that no test
# reached. Processes that a test kills count for nothing: what only they run is not shown.
#
#   tests/coverage.sh [CTest's options; e.g. -L unit]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages gcovr
find build/coverage -name '*.gcda' -delete 2>/dev/null || true
# CallCost measures an optimised build.
tests/run.sh --preset coverage -E '^CallCost' "$@"
gcovr --root . --filter agent/ --filter platform/ --exclude-unreachable-branches \
  --gcov-ignore-parse-errors -j "$(nproc)" build/coverage --txt build/coverage/lines.txt \
  --fail-under-line "${EMBEDDABLES_COVERAGE_FLOOR:-0}" --print-summary
cat build/coverage/lines.txt
echo "[figure] coverage lines=$(sed -n 's/^TOTAL *[0-9]* *[0-9]* *//p' build/coverage/lines.txt)"
