#!/usr/bin/env bash
# Each file includes the C++ headers of what it uses: another compiler's own headers include other
# ones. Judged by include-what-you-use, without its wishes for templates nobody names.
#
#   tests/includes.sh [FILE...]      all of C++ by default
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages libgtest-dev iwyu

missing() {
  # Version 0.18 never ends with one of ours, and takes all memory.
  [ "$1" != agent/send/gate.h ] || return 0
  include-what-you-use -xc++ -std=c++17 -I. -Iinclude -DCPPHTTPLIB_OPENSSL_SUPPORT \
    -Xiwyu --no_fwd_decls "$1" 2>&1 | awk '
      /: (fatal )?error: / { print }  # it has judged nothing then
      / should add these lines:$/ { file = $1; add = 1 }
      / should remove these lines:$/ { add = 0 }
      /^The full include-list/ { add = 0 }
      add && /^#include <[a-z_]+>/ {
        header = $2
        reason = $0
        sub(/.*\/\/ for /, "", reason)
        sub(/, \.\.\.$/, "", reason)
        if (header ~ /<(initializer_list|iosfwd|ratio|type_traits)>/) next
        if (header == "<memory>" && reason ~ /^allocator[a-z_<>.]*$/) next
        print file ": #include " header "  // for " reason
      }' | sort -u
}
export -f missing

if [ $# -eq 0 ]; then
  mapfile -t files < <(git ls-files '*.cc' '*.h' ':!*_windows.*' ':!*_macos.*' | grep -vE '^tests/(lint|forms)/')
  set -- "${files[@]}"
fi
found=$(printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 1 bash -c 'missing "$1"' missing)
if [ -n "$found" ]; then
  echo "$found"
  exit 1
fi
echo "[figure] include-what-you-use files=$# findings=0"
