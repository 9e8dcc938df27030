#!/usr/bin/env bash
# The collector's page in a headless Chromium, with an agent that runs against it. Leaves screenshots
# in build/page. Installs what it needs (Debian, Ubuntu): Chromium, Node and npm's playwright-core.
#
#   tests/page/run.sh      builds the release preset's programs, and a collector without plots
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/packages.sh
need $build_packages chromium fonts-liberation
command -v npm >/dev/null || need nodejs npm

mkdir -p build/page
# Once more, for npm may have come since; and what it could not fetch then it may now.
cmake --preset release ${CMAKE_ARGS:-} >/dev/null
find build/release/samples/collector -name uplot.js -empty -delete
.ci/progress.sh cmake --build --preset release --target embeddables-agent embeddables-collector
cmake -S . -B build/page/plain -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEMBEDDABLES_PAGE_PLOTS=OFF >/dev/null
.ci/progress.sh cmake --build build/page/plain --target embeddables-collector
if [ ! -d build/page/node_modules/playwright-core ]; then
  # 1.48 is the last that runs on the Node of Debian 12 and on newer ones alike.
  npm install --silent --no-audit --no-fund --prefix build/page playwright-core@1.48.2
fi
NODE_PATH=$PWD/build/page/node_modules timeout 600 node tests/page/page.cjs build/release/bin \
  "$PWD/build/page/plain/bin/embeddables-collector" build/page
