#!/usr/bin/env bash
# The code in the documents compiles: each document's ```cpp blocks are one program.
#
#   tests/guides.sh COMPILER
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checked=0
for document in README.md samples/guides/*.md; do
  awk '/^```cpp$/ {code = 1; next} /^```$/ {code = 0} code' "$document" >"$work/code.cc"
  [ -s "$work/code.cc" ] || continue
  "$1" -std=c++17 -Wall -Wextra -Werror -fsyntax-only -Iinclude "$work/code.cc" ||
    { echo "the code of $document does not compile"; exit 1; }
  checked=$((checked + 1))
done
echo "compiled the code of $checked documents"
[ "$checked" -ge 4 ]
