#!/usr/bin/env bash
# Two builds of the library in different folders give the same bytes, and a third from other sources
# gives others. Takes minutes: nothing is taken from a cache.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CMAKE_CXX_COMPILER_LAUNCHER

# Somebody may change the sources meanwhile.
git ls-files -co --exclude-standard -z |
  tar -cf "$work/sources.tar" --no-recursion --null -T -

# FOLDER BUILD_FOLDER
build() {
  mkdir -p "$work/$1"
  tar -xf "$work/sources.tar" -C "$work/$1"
  cmake -G Ninja -S "$work/$1" -B "$work/$2" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DEMBEDDABLES_BUILD_TESTS=OFF -DEMBEDDABLES_BUILD_SAMPLES=OFF >/dev/null
  .ci/progress.sh cmake --build "$work/$2" --target embeddables
}

build one one/build
build "another, longer" "its build"
cmp "$work/one/build/libembeddables.a" "$work/its build/libembeddables.a" ||
  { echo "the same sources gave two archives"; exit 1; }
! grep -qF "$work" "$work/one/build/libembeddables.a" ||
  { echo "the archive names the folder that it was built in"; exit 1; }
echo 'const char* embeddables_changed = __FILE__;' >>"$work/one/agent/base/utf8.cc"
cmake --build "$work/one/build" --target embeddables >/dev/null
! cmp -s "$work/one/build/libembeddables.a" "$work/its build/libembeddables.a" ||
  { echo "a change of the sources made no difference"; exit 1; }
echo "[figure] reproducible bytes=$(stat -c %s "$work/its build/libembeddables.a") seconds=$SECONDS"
