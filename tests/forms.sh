#!/usr/bin/env bash
# Each good form of props in tests/forms/forms.cc compiles, and none of the bad ones does.
#
#   tests/forms.sh COMPILER
set -euo pipefail
cd "$(dirname "$0")/.."
compiles() {
  "$1" -std=c++17 -Wall -Wextra -Werror -Wno-unused-variable -fsyntax-only -Iinclude "${@:2}" \
    tests/forms/forms.cc
}
compiles "$1" -DFORM=0
bad=$(grep -cE '^#elif FORM == ' tests/forms/forms.cc)
for ((form = 1; form <= bad; ++form)); do
  grep -q "^#elif FORM == $form\$" tests/forms/forms.cc
  if compiles "$1" "-DFORM=$form" 2>/dev/null; then
    echo "form $form of tests/forms/forms.cc compiles, and must not"
    exit 1
  fi
done
checked=0
if "$1" --version | grep -q clang; then
  checked=$(grep -cE '^#elif CHECKED_FORM == ' tests/forms/forms.cc)
  for ((form = 1; form <= checked; ++form)); do
    if compiles "$1" -DFORM=-1 "-DCHECKED_FORM=$form" 2>/dev/null; then
      echo "Clang sees no fault in checked form $form of tests/forms/forms.cc"
      exit 1
    fi
    # Without the annotations it would compile, so that it is they who are tested.
    compiles "$1" -DFORM=-1 "-DCHECKED_FORM=$form" -Wno-dangling -Wno-dangling-gsl
  done
  [ "$checked" -ge 4 ]
fi
echo "[figure] forms refused=$bad checked=$checked"
[ "$bad" -ge 13 ]
