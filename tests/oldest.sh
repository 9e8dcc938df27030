#!/usr/bin/env bash
# The unit and end-to-end tests with the oldest SQLite that the build accepts. The oldest libcurl that
# is accepted is Debian 12's, with which all tests run.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh
. tests/oldest_sqlite.sh
need $build_packages libgtest-dev libnghttp2-dev openssl

sqlite=$PWD/build/oldest-sqlite
oldest_sqlite "$sqlite"
cc -shared -Wl,-soname,libsqlite3.so.0 "$sqlite/sqlite3.o" -ldl -lm -pthread \
  -o "$sqlite/libsqlite3.so.0"
ln -sf libsqlite3.so.0 "$sqlite/libsqlite3.so"

command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
build=build/oldest
cmake -G Ninja -S . -B $build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON \
  "-DSQLite3_INCLUDE_DIR=$sqlite" "-DSQLite3_LIBRARY=$sqlite/libsqlite3.so" >/dev/null
.ci/progress.sh cmake --build $build --target unit_tests e2e_tests
ldd $build/bin/unit_tests | grep -qF "$sqlite/" ||
  { echo "the tests would run with another SQLite"; exit 1; }
ctest --test-dir $build --output-on-failure --no-tests=error -j $(($(nproc) + 1)) -L 'unit|e2e'
