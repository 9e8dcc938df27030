#!/usr/bin/env bash
# Formatting, english.sh, layers.sh, sizes.sh, twins.sh, clang-tidy and cppcheck; then canaries, files that
# each tool (and the Clang that checks the mutex annotations with every build) must refuse, so that
# one that has stopped looking is noticed. Uses a build tree of clang's that is there, or makes one.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages libgtest-dev clang clang-tidy clang-format cppcheck

tree=
command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
for preset in asan tsan fuzz; do
  [ -n "$tree" ] || [ ! -f build/$preset/compile_commands.json ] || tree=build/$preset
done
if [ -z "$tree" ]; then
  tree=build/asan
  cmake --preset asan >/dev/null
fi

mapfile -t formatted < <(git ls-files '*.cc' '*.h')
# Files for Windows and macOS compile there alone; these samples need libraries that nothing else does.
elsewhere=(':!*_windows.*' ':!*_macos.*' ':!*_emscripten.*' ':!samples/game' ':!samples/desktop' ':!samples/web')
mapfile -t sources < <(git ls-files 'agent/*.cc' 'platform/*.cc' 'samples/*.cc' 'tests/fuzz/*.cc' "${elsewhere[@]}")

clang-format --dry-run --Werror "${formatted[@]}"
tests/english.sh
tests/layers.sh
tests/sizes.sh
tests/twins.sh

# Each header includes what it needs (tests/includes.sh asks for more, and takes longer).
mapfile -t headers < <(git ls-files '*.h' "${elsewhere[@]}")
printf '%s\0' "${headers[@]}" | xargs -0 -P "$(nproc)" -n 1 \
  g++ -std=c++17 -fsyntax-only -I . -I include -DCPPHTTPLIB_OPENSSL_SUPPORT -x c++
echo "[figure] headers alone=${#headers[@]}"

# clang-tidy counts the warnings of system headers on standard error; findings go to standard
# output, a file that cannot be read to both.
tidy() {
  local errors
  errors=$(mktemp)
  if ! clang-tidy --quiet -p "$tree" "$@" 2>"$errors"; then
    grep -v 'warnings\? generated' "$errors" || true
    return 1
  fi
}
export -f tidy
export tree
printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -n 4 bash -c 'tidy "$@"' tidy
echo "[figure] clang-tidy files=${#sources[@]} findings=0"

check() {
  cppcheck -I . -I include --language=c++ --std=c++17 --library=posix --inline-suppr --quiet \
    --enable=warning,style,performance,portability --error-exitcode=1 -j "$(nproc)" \
    --suppressions-list=tests/lint/cppcheck.txt -i '*_windows.cc' \
    --template='{file}:{line}: {severity}: {message} [{id}]' "$@"
}
mapfile -t checked < <(git ls-files agent platform samples tests/fuzz tests/support |
  grep '\.cc$' | grep -v '_windows\|_macos\|_emscripten\|^samples/desktop\|^samples/web')
check "${checked[@]}"
echo "[figure] cppcheck findings=0"

refuses() {
  local tool=$1 word=$2 said
  shift 2
  if said=$("$@" 2>&1) || ! grep -q "$word" <<<"$said"; then
    echo "$tool did not refuse its canary for $word:"
    echo "$said"
    exit 1
  fi
}
refuses clang-tidy bugprone-use-after-move \
  clang-tidy --quiet tests/lint/tidy_canary.cc -- -std=c++17
refuses cppcheck nullPointer check tests/lint/cppcheck_canary.cc
annotated() {
  clang++ -fsyntax-only -std=c++17 -I . -Wthread-safety -Werror "$@" tests/lint/thread_safety_canary.cc
}
annotated
refuses clang++ Wthread-safety annotated -DBROKEN
echo "[figure] canaries refused=3"
