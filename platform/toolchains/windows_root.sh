#!/usr/bin/env bash
# Makes the folder in which the build for Windows finds libcurl (with Schannel), SQLite, RapidJSON,
# cpp-httplib, CLI11 and GoogleTest, compiled by MinGW. The first three come from Debian's source
# packages, with Debian's patches. What is there already is left as it is: a cache may keep the folder.
#
#   platform/toolchains/windows_root.sh FOLDER          e.g. build/windows-root
#
# Debian: g++-mingw-w64-x86-64-posix, gcc, make, cmake, ninja-build, dpkg-dev, tcl, rapidjson-dev,
# libcli11-dev, googletest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
root=$(cd "$1" && pwd)
work=$root/.work
rm -rf "$work"  # of a run that was ended
mkdir -p "$root"/{include,lib} "$work"
export EMBEDDABLES_WINDOWS_ROOT=$root

# apt with a state and a list of sources of its own, so that the machine's are left alone.
state=$work/apt
prepare_apt() {
  [ ! -f "$state/ready" ] || return 0
  mkdir -p "$state"/{lists,archives}/partial "$state"/etc/sources.list.d
  [ ! -f /etc/apt/sources.list ] ||
    sed -n 's/^deb \(.*debian.*\)/deb-src \1/p' /etc/apt/sources.list >"$state/etc/sources.list"
  local list
  for list in /etc/apt/sources.list.d/debian*.sources; do
    [ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$state/etc/sources.list.d/${list##*/}"
  done
  apt_own -qq update || echo "some lists could not be fetched"
  touch "$state/ready"
}
apt_own() {
  apt-get -o "Dir::State::lists=$state/lists" -o "Dir::Cache::archives=$state/archives" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o "Dir::Etc::sourcelist=$state/etc/sources.list" \
    -o "Dir::Etc::sourceparts=$state/etc/sources.list.d" -o APT::Sandbox::User=root "$@"
}
fetch() {  # PACKAGE: its source, patched, in $work/PACKAGE
  prepare_apt
  mkdir -p "$work/fetched/$1"
  (cd "$work/fetched/$1" && apt_own -qq --download-only source "$1" &&
    dpkg-source --no-check -x ./*.dsc "$work/$1" >/dev/null)
}

make_curl() {
  # One TLS, which is the system's; no protocol but HTTP.
  cmake -S "$work/curl" -B "$work/curl-build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_TOOLCHAIN_FILE="$here/windows.cmake" -DCMAKE_INSTALL_PREFIX="$root" \
    -DBUILD_SHARED_LIBS=OFF -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DCURL_USE_SCHANNEL=ON \
    -DCURL_USE_LIBSSH2=OFF -DUSE_LIBIDN2=OFF -DCURL_ZLIB=OFF -DHTTP_ONLY=ON -DENABLE_UNICODE=ON \
    -DENABLE_MANUAL=OFF -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none
  cmake --build "$work/curl-build"
  cmake --install "$work/curl-build"
}

make_sqlite() {
  (cd "$work/sqlite3" && ./configure --disable-tcl && make sqlite3.c sqlite3.h)
  cp "$work/sqlite3/sqlite3.h" "$work/sqlite3/src/sqlite3ext.h" "$root/include/"
  ${CMAKE_C_COMPILER_LAUNCHER:-} x86_64-w64-mingw32-gcc-posix -O2 -DSQLITE_THREADSAFE=1 \
    -DSQLITE_OMIT_LOAD_EXTENSION -c "$work/sqlite3/sqlite3.c" -o "$work/sqlite3.o"
  x86_64-w64-mingw32-ar rcs "$work/libsqlite3.a" "$work/sqlite3.o"
  mv "$work/libsqlite3.a" "$root/lib/"
}

make_gtest() {
  cmake -S /usr/src/googletest -B "$work/gtest-build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_TOOLCHAIN_FILE="$here/windows.cmake" -DCMAKE_INSTALL_PREFIX="$root" -DBUILD_GMOCK=OFF
  cmake --build "$work/gtest-build"
  cmake --install "$work/gtest-build"
}

# Side by side: CMake's questions to the compiler, and SQLite's one large file, keep one core each.
making=()
begin() {  # NAME
  "make_$1" >"$work/$1.log" 2>&1 &
  making+=("$! $1")
}
if [ ! -f "$root/lib/libsqlite3.a" ]; then fetch sqlite3 && begin sqlite; fi
if [ ! -f "$root/lib/libcurl.a" ]; then fetch curl && begin curl; fi
if [ ! -f "$root/include/httplib.h" ]; then
  # Debian's binary package splits the header from a library for Linux.
  fetch cpp-httplib
  cp "$work/cpp-httplib/httplib.h" "$root/include/"
fi
# Headers alone: copied, for /usr/include as a whole would bring along Linux's.
[ -d "$root/include/rapidjson" ] || cp -r /usr/include/rapidjson "$root/include/"
[ -d "$root/include/CLI" ] || cp -r /usr/include/CLI "$root/include/"
[ -f "$root/lib/libgtest.a" ] || begin gtest
failed=0
for each in "${making[@]}"; do
  wait "${each% *}" || { cat "$work/${each#* }.log" && failed=1; }
done
[ $failed -eq 0 ]
rm -rf "$work"
