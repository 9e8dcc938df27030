#!/usr/bin/env bash
# Builds the port to Windows with MinGW, and runs it under Wine as Windows 10, with a prefix of its own
# below build/.
#
#   tests/windows.sh [dll] [unit] [story] [faults]      all by default
#
#   dll     the DLL shows emb_* alone and needs the system's DLLs alone; a program that was compiled
#           for MSVC's ABI and linked by its linker's twin runs with it
#   unit    the unit tests, but those of POSIX (tests/windows.cmake names them)
#   story   the command line and the quick start: offline, ended by TerminateProcess, online again
#   faults  200 times TerminateProcess, a sender that is killed, a store held by another program,
#           DLLs loaded and unloaded, certificates, consoles
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages g++-mingw-w64-x86-64-posix mingw-w64-tools wine wine64 dpkg-dev tcl googletest \
  clang lld llvm openssl
export EMBEDDABLES_WINDOWS_ROOT=${EMBEDDABLES_WINDOWS_ROOT:-$PWD/build/windows-root}
export EMBEDDABLES_WINEPREFIX=${EMBEDDABLES_WINEPREFIX:-$PWD/build/wine}
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CMAKE_C_COMPILER_LAUNCHER=ccache
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
fi
[ $# -gt 0 ] || set -- dll unit story faults
tree=build/windows
bin=$tree/bin
work=$(mktemp -d)
collector=
finish() {
  [ -z "$collector" ] || kill "$collector" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

platform/toolchains/windows_root.sh "$EMBEDDABLES_WINDOWS_ROOT"
cmake --preset windows -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON >/dev/null
build() { .ci/progress.sh cmake --build --preset windows --target "$@"; }
wine=$PWD/platform/toolchains/wine.sh

# What comes with each Windows 10.
system_dlls='advapi32 bcrypt crypt32 iphlpapi kernel32 msvcrt secur32 userenv ws2_32'
imports_of() { objdump -p "$1" | sed -n 's/^\tDLL Name: \(.*\)\.[dD][lL][lL]$/\L\1/p' | sort -u; }
foreign_imports() { grep -vxF -f <(tr ' ' '\n' <<<"$system_dlls") || true; }
exports_of() { gendef - "$1" 2>/dev/null | tr -d '\r' | sed -n '/^EXPORTS/,$p' | sed '1d; s/ .*//'; }

# NAME FUNCTION...: an import library for MSVC's linker.
import_library() {
  { printf 'LIBRARY %s.dll\nEXPORTS\n' "$1"; printf '  %s\n' "${@:2}"; } >"$work/$1.def"
  llvm-dlltool -m i386:x86-64 -d "$work/$1.def" -l "$work/$1.lib"
}

dll() {
  build embeddables_dll
  local dll=$bin/embeddables-agent.dll foreign names
  foreign=$(imports_of "$dll" | foreign_imports)
  [ -z "$foreign" ] || { echo "$dll needs what is not the system's:" $foreign; return 1; }
  mapfile -t names < <(exports_of "$dll")
  foreign=$(printf '%s\n' "${names[@]}" | grep -v '^emb_' || true)
  [ -z "$foreign" ] || { echo "$dll shows more than emb_*:" $foreign; return 1; }
  [ "${#names[@]}" -ge 40 ] || { echo "$dll shows only ${#names[@]} names"; return 1; }
  # The checks must find what is wrong.
  [ "$(printf 'kernel32\nlibstdc++-6\n' | foreign_imports)" = libstdc++-6 ]
  # As MSVC: its ABI, its linker's options, its kind of import library.
  import_library embeddables-agent "${names[@]}"
  import_library msvcrt puts memset memcpy exit
  clang --target=x86_64-pc-windows-msvc -ffreestanding -O1 -Wall -Wextra -Wno-missing-field-initializers \
    -Werror -I include -c tests/windows/msvc_host.c -o "$work/msvc_host.obj"
  lld-link /nodefaultlib /entry:Begin /subsystem:console "/out:$bin/msvc_host.exe" \
    "$work/msvc_host.obj" "$work/embeddables-agent.lib" "$work/msvcrt.lib"
  (cd "$work" && "$wine" "$OLDPWD/$bin/msvc_host.exe")
  echo "[figure] windows dll bytes=$(stat -c %s "$dll") names=${#names[@]} imports=$(imports_of "$dll" | wc -l)"
}

unit() {
  build unit_tests
  timeout 900 "$wine" "$bin/unit_tests.exe" --gtest_brief=1
}

# One of these tests starts a shell, one removes a store that is open, which Windows refuses.
story() {
  build e2e_tests
  timeout 900 "$wine" "$bin/e2e_tests.exe" \
    --gtest_filter=-*StdinNamesTheLineItRefuses*:*AfterTheStoreWasReplaced*
}

# FOLDER: an authority, another one, and a certificate for 127.0.0.1 of the first.
make_certificates() {
  local name
  for name in authority other; do
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$name" \
      -keyout "$1/$name.key" -out "$1/$name.pem" 2>/dev/null
  done
  openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout "$1/server.key" 2>/dev/null |
    openssl x509 -req -days 30 -CA "$1/authority.pem" -CAkey "$1/authority.key" -CAcreateserial \
      -extfile <(echo subjectAltName=IP:127.0.0.1) -out "$1/server.pem" 2>/dev/null
}

faults() {
  build windows_tests
  # This collector has no TLS on Windows: the system's own serves.
  cmake --preset release -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON >/dev/null
  .ci/progress.sh cmake --build --preset release --target embeddables-collector
  make_certificates "$work"
  coproc server { exec build/release/bin/embeddables-collector --quiet --port 0 \
    --tls "$work/server.pem" "$work/server.key"; }
  collector=$server_PID
  local line
  read -r line <&"${server[0]}"
  EMBEDDABLES_TLS_URL=${line##* } EMBEDDABLES_TLS_CA="Z:$work/authority.pem" \
    EMBEDDABLES_TLS_OTHER_CA="Z:$work/other.pem" \
    timeout 1800 "$wine" "$bin/windows_tests.exe"
}

for part in "$@"; do
  echo "=== Windows: $part"
  "$part"
done
