# Sourced: the oldest SQLite that the build accepts, from its authors' sources, with their defaults.
# Debian has no package of it: one of npm's brings the sources along.

# FOLDER: sqlite3.c and sqlite3.h are there afterwards, and sqlite3.o, for a shared library.
oldest_sqlite() {
  local claimed
  claimed=$(sed -n 's/.*find_package(SQLite3 \([0-9.]*\) REQUIRED)/\1/p' platform/packages/providers.cmake)
  if [ ! -e "$1/sqlite3.o" ]; then
    command -v npm >/dev/null || need npm
    rm -rf "$1"
    mkdir -p "$1"
    (cd "$1" && npm pack --silent better-sqlite3@7.4.6 && tar -xzf better-sqlite3-*.tgz &&
      tar -xzf package/deps/sqlite3.tar.gz && cc -O2 -fPIC -c sqlite3.c -o sqlite3.o)
  fi
  grep -q "^#define SQLITE_VERSION  *\"$claimed\.0\"" "$1/sqlite3.h" ||
    { echo "that is not the version claimed, $claimed"; return 1; }
}
