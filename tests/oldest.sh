#!/usr/bin/env bash
# The unit and end-to-end tests with the oldest SQLite that the build accepts, with its authors'
# defaults. Debian has no package of it: one of npm's brings its sources along. The oldest libcurl
# that is accepted is Debian 12's, with which all tests run.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages libgtest-dev libnghttp2-dev openssl
command -v npm >/dev/null || need npm

claimed=$(sed -n 's/.*find_package(SQLite3 \([0-9.]*\) REQUIRED)/\1/p' platform/packages/providers.cmake)
sqlite=$PWD/build/oldest-sqlite
if [ ! -e "$sqlite/libsqlite3.so" ]; then
  rm -rf "$sqlite"
  mkdir -p "$sqlite"
  (cd "$sqlite" && npm pack --silent better-sqlite3@7.4.6 && tar -xzf better-sqlite3-*.tgz &&
    tar -xzf package/deps/sqlite3.tar.gz)
  cc -O2 -fPIC -shared -Wl,-soname,libsqlite3.so.0 "$sqlite/sqlite3.c" -ldl -lm -pthread \
    -o "$sqlite/libsqlite3.so.0"
  ln -s libsqlite3.so.0 "$sqlite/libsqlite3.so"
fi
grep -q "^#define SQLITE_VERSION  *\"$claimed\.0\"" "$sqlite/sqlite3.h" ||
  { echo "that is not the version claimed, $claimed"; exit 1; }

command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
build=build/oldest
cmake -G Ninja -S . -B $build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON \
  "-DSQLite3_INCLUDE_DIR=$sqlite" "-DSQLite3_LIBRARY=$sqlite/libsqlite3.so" >/dev/null
.ci/progress.sh cmake --build $build --target unit_tests e2e_tests
ldd $build/bin/unit_tests | grep -qF "$sqlite/" ||
  { echo "the tests would run with another SQLite"; exit 1; }
ctest --test-dir $build --output-on-failure --no-tests=error -j $(($(nproc) + 1)) -L 'unit|e2e'
