#!/usr/bin/env bash
# Each good form of props in tests/forms/forms.cc compiles, and none of the bad ones does.
#
#   tests/forms.sh COMPILER
set -euo pipefail
cd "$(dirname "$0")/.."
compiles() {
  "$1" -std=c++17 -Wall -Wextra -Werror -Wno-unused-variable -fsyntax-only -Iinclude "-DFORM=$2" \
    tests/forms/forms.cc
}
compiles "$1" 0
bad=$(grep -cE '^#elif FORM == ' tests/forms/forms.cc)
for ((form = 1; form <= bad; ++form)); do
  grep -q "^#elif FORM == $form\$" tests/forms/forms.cc
  if compiles "$1" "$form" 2>/dev/null; then
    echo "form $form of tests/forms/forms.cc compiles, and must not"
    exit 1
  fi
done
echo "[figure] forms refused=$bad"
[ "$bad" -ge 13 ]
