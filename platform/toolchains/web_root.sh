#!/usr/bin/env bash
# Makes a folder with SQLite and RapidJSON for WebAssembly. SQLite is the plain amalgamation, as
# hosts bring it.
#
#   platform/toolchains/web_root.sh FOLDER             e.g. build/web-root
#
# Debian: emscripten, dpkg-dev, tcl, make, gcc, rapidjson-dev.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"/{lib,include,work}
root=$(cd "$1" && pwd)

cp -r /usr/include/rapidjson "$root/include/"

source=$root/work/sqlite3
if [ ! -f "$source/sqlite3.h" ]; then
  rm -rf "$source"
  "$here/source.sh" sqlite3 "$source"
  (cd "$source" && ./configure --disable-tcl && make sqlite3.c sqlite3.h) >"$root/work/sqlite3.log"
fi
# There are no libraries to load, and no second thread.
emcc -Os -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -c "$source/sqlite3.c" \
  -o "$root/work/sqlite3.o"
rm -f "$root/lib/libsqlite3.a"
emar rcs "$root/lib/libsqlite3.a" "$root/work/sqlite3.o"
cp "$source"/{sqlite3.h,src/sqlite3ext.h} "$root/include/"
