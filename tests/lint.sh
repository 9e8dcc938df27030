#!/usr/bin/env bash
# Formatting, english.sh, layers.sh, sizes.sh, twins.sh, clang-tidy and cppcheck; then canaries, files that
# each tool (and the Clang that checks the mutex annotations with every build) must refuse, so that
# one that has stopped looking is noticed.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages libgtest-dev clang clang-tidy clang-format cppcheck

# How each file is compiled: by itself, and together with others.
mkdir -p build/lint
cmake --preset asan -B build/lint/alone -DCMAKE_UNITY_BUILD=OFF >/dev/null
cmake --preset asan -B build/lint/together -DCMAKE_UNITY_BUILD_BATCH_SIZE=40 >/dev/null
cmake --build build/lint/together --target samples/collector/page_files.cc >/dev/null

mapfile -t formatted < <(git ls-files '*.cc' '*.h')
# Files for Windows and macOS compile there alone; these samples need libraries that nothing else does.
elsewhere=(':!*_windows.*' ':!*_macos.*' ':!*_emscripten.*' ':!samples/game' ':!samples/desktop' ':!samples/web')
mapfile -t sources < <(git ls-files 'agent/*.cc' 'platform/*.cc' 'samples/*.cc' 'tests/fuzz/*.cc' "${elsewhere[@]}")

clang-format --dry-run --Werror "${formatted[@]}"
tests/english.sh
tests/layers.sh
tests/sizes.sh
tests/twins.sh

# The shell goes on after `! check`, whatever that said, if nothing follows it in its line.
inverted() { ! grep -nE '^ *! ' "$@" /dev/null | grep -vE '\|\||&&|then$'; }
mapfile -t scripts < <(git ls-files '*.sh' .ci)
inverted "${scripts[@]}"

# Each header includes what it needs (tests/includes.sh asks for more, and takes longer). A source
# file that begins with its own header shows it of that.
mapfile -t headers < <(git ls-files '*.h' "${elsewhere[@]}" | while read -r header; do
  grep -m 1 '^#include' "${header%.h}.cc" 2>/dev/null | grep -qxF "#include \"$header\"" || echo "$header"
done)
printf '%s\0' "${headers[@]}" | xargs -0 -P "$(nproc)" -n 1 \
  g++ -std=c++17 -fsyntax-only -I . -I include -DCPPHTTPLIB_OPENSSL_SUPPORT -x c++
echo "[figure] headers alone=${#headers[@]}"

# clang-tidy counts the warnings of system headers on standard error; findings go to standard
# output, a file that cannot be read to both.
tidy() {
  local errors
  errors=$(mktemp)
  if ! clang-tidy --quiet "$@" 2>"$errors"; then
    grep -v 'warnings\? generated' "$errors" || true
    return 1
  fi
}
export -f tidy
# The analyzer, and what looks at no other file, gets each file by itself. The other checks look at
# all that system headers declare, each time: they get files that are compiled together.
alone='-*,clang-analyzer-*,-clang-analyzer-optin.performance.Padding,misc-unused-*,clang-diagnostic-*'
# How far the analyzer follows one function: a third of its default takes half of the time. .ci/long
# goes as far as the default.
export nodes=max-nodes=${EMBEDDABLES_ANALYZER_NODES:-75000}
analyze() {
  tidy -p build/lint/alone "--checks=$alone" --extra-arg=-Xclang --extra-arg=-analyzer-config \
    --extra-arg=-Xclang --extra-arg="$nodes" "$@"
}
export -f analyze
export alone
together='-clang-analyzer-*,-misc-unused-*,-bugprone-suspicious-include'
printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -n 8 \
  bash -c 'analyze "$@"' analyze
mapfile -t groups < <(sed -n 's|^ *"file": "\(.*/Unity/.*\.cxx\)",*$|\1|p' \
  build/lint/together/compile_commands.json | sort -u |
  xargs grep -lE "#include \"$PWD/(agent|platform|samples|tests/fuzz)/")
mapfile -t lone < <(comm -23 <(printf '%s\n' "${sources[@]}" | sort) \
  <(sed -n "s|^#include \"$PWD/\(.*\)\"$|\1|p" "${groups[@]}" | sort))
printf '%s\0' "${groups[@]}" "${lone[@]}" | xargs -0 -P "$(nproc)" -n 1 \
  bash -c 'tidy -p build/lint/together "--checks=$0" "$@"' "$together"
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
echo '  ! true' >build/lint/canary.sh
refuses "the search for checks that cannot fail" true inverted build/lint/canary.sh
refuses clang-tidy bugprone-use-after-move \
  clang-tidy --quiet tests/lint/tidy_canary.cc -- -std=c++17
echo "#include \"$PWD/tests/lint/tidy_canary.cc\"" >build/lint/canary.cxx
refuses clang-tidy bugprone-use-after-move \
  clang-tidy --quiet "--checks=$together" build/lint/canary.cxx -- -std=c++17
refuses cppcheck nullPointer check tests/lint/cppcheck_canary.cc
annotated() {
  clang++ -fsyntax-only -std=c++17 -I . -Wthread-safety -Werror "$@" tests/lint/thread_safety_canary.cc
}
annotated
refuses clang++ Wthread-safety annotated -DBROKEN
echo "[figure] canaries refused=5"
