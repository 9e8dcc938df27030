#!/usr/bin/env bash
# The library without libcurl: it builds, nothing of it or of a program that links it names libcurl,
# it passes the unit tests and, with a host's transport, what tests/parts asks of it, a program
# outside uses it as it is installed, and the package for Unity sends with it.
#
#   tests/without_curl.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages libgtest-dev libnghttp2-dev binutils curl
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
tree=build/without_curl
# A parent's libcurl must not be found either.
cmake -S . -B $tree -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DEMBEDDABLES_WITH_CURL=OFF \
  -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON ${CMAKE_ARGS:-} >/dev/null
cmake --build $tree --target parts_tests unit_tests

names_curl() { nm -A "$@" 2>/dev/null | grep -q ' curl_'; }
loads_curl() { ldd "$1" | grep -q libcurl; }
if names_curl $tree/libembeddables.a || loads_curl $tree/bin/parts_tests ||
  loads_curl $tree/bin/own_transport; then
  echo "libcurl is still there:"
  nm -A $tree/libembeddables.a | grep ' curl_' || true
  ldd $tree/bin/own_transport
  exit 1
fi
# Would these see it?
canary=$(mktemp -d)
collector=
trap '[ -z "$collector" ] || kill "$collector"; rm -rf "$canary"' EXIT
echo 'extern "C" char* curl_version(); int main() { return curl_version() == nullptr; }' \
  >"$canary/canary.cc"
g++ -c -o "$canary/canary.o" "$canary/canary.cc"
names_curl "$canary/canary.o" || { echo "nm does not show libcurl's names"; exit 1; }

ctest --test-dir $tree --output-on-failure --no-tests=error -j "$(($(nproc) + 1))" -L "parts|unit" \
  -E 'Over/.*/libcurl' | tee $tree-tests.log
.ci/skipped.sh without_curl $tree-tests.log

# As others use it: found by CMake, or by pkg-config.
cmake --build $tree --target embeddables embeddables-collector sbom
cmake --install $tree --prefix "$canary/installed" >/dev/null
cmake -G Ninja -S tests/consumers/own_transport -B "$canary/found" -DCMAKE_BUILD_TYPE=Release \
  "-DCMAKE_PREFIX_PATH=$canary/installed" >/dev/null
cmake --build "$canary/found"
export PKG_CONFIG_PATH=$canary/installed/lib/pkgconfig
! pkg-config --libs --static embeddables-agent | grep curl || { echo "it asks for libcurl"; exit 1; }
g++ -std=c++17 samples/own_transport/main.cc -o "$canary/line" \
  $(pkg-config --cflags --libs embeddables-agent cpp-httplib)
"$canary/installed/bin/embeddables-collector" --port 0 >"$canary/said" &
collector=$!
until grep -q '^listening on ' "$canary/said"; do
  kill -0 "$collector"
  sleep 0.05
done
url=$(sed -n 's/^listening on //p' "$canary/said")
for program in "$canary/found/consumer" "$canary/line"; do
  timeout 60 "$program" "$url" "$program.db"
done
[ "$(curl -s "$url/_received" | wc -l)" -eq 2 ]
echo "the installed library without libcurl: found, linked and used in two ways"

cmake --build $tree --target embeddables_c_shared
! loads_curl $tree/bin/libembeddables_c_shared.so || { echo "the shared one loads libcurl"; exit 1; }
EMBEDDABLES_UNITY_LIBRARY=$PWD/$tree/bin/libembeddables_c_shared.so tests/unity.sh engine_http
