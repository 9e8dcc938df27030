#!/usr/bin/env bash
# The documents keep up with the code: each document's ```cpp blocks are one program, which
# compiles; the files, folders and classes that the plan and the manual for contributors name are
# there.
#
#   tests/guides.sh COMPILER
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The first argument: where its links begin. Says what is not there.
missing_names() {
  local folder=$1 document=$2 name
  { grep -oE '`[^` ]+`' "$document" || true; } | tr -d '`' | sort -u |
    while read -r name; do
      if [[ $name =~ ^[a-zA-Z0-9_./][a-zA-Z0-9_.*/-]*(\.[a-z]+|/)$ ]]; then
        compgen -G "$name" >/dev/null || compgen -G "$folder/$name" >/dev/null || echo "$name"
      elif [[ $name =~ ^[A-Z][A-Za-z]+(::[A-Za-z_]+)?$ && $name =~ [a-z] ]]; then
        grep -qrwE "${name##*::}" agent platform include tests --include='*.h' --include='*.cc' ||
          echo "$name"
      fi
    done
  { grep -oE '\]\([^)#]+' "$document" || true; } | cut -c 3- | while read -r name; do
    [[ $name == http* || -e $folder/$name ]] || echo "$name"
  done
}

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

for document in README.md agent/README.md CONTRIBUTING.md tests/README.md; do
  missing=$(missing_names "$(dirname "$document")" "$document")
  [ -z "$missing" ] || { echo "$document names what is not there:"; echo "$missing"; exit 1; }
done
# It must find what is wrong.
printf '`store/no_such_file.h` `NoSuchClass` [here](no/such/place) `store/store.h` `Store`\n' \
  >"$work/wrong.md"
[ "$(missing_names agent "$work/wrong.md" | wc -l)" -eq 3 ]

# The heads of a document, as links name them: small letters, digits, "-" for each blank.
anchors() {
  awk '/^```/ {code = !code} !code && /^#+ / {sub(/^#+ /, ""); print}' "$1" |
    tr '[:upper:] ' '[:lower:]-' | tr -cd '[:alnum:]_\n-'
}

# Says which links of the document lead nowhere; those into the web cannot be followed here.
broken_links() {
  local folder target
  folder=$(dirname "$1")
  { tr '\n' ' ' <"$1" | grep -oE '\]\([^) ]+\)' || true; } | sed 's/^](//; s/)$//' |
    while read -r target; do
      [[ $target != http*://* ]] || continue
      local file=$folder/${target%%#*}
      [[ $target != \#* ]] || file=$1
      [ -e "$file" ] || { echo "$1: $target" && continue; }
      [[ $target != *#* ]] || anchors "$file" | grep -qxF -- "${target#*#}" || echo "$1: $target"
    done
}
followed=0
while read -r document; do
  broken=$(broken_links "$document")
  [ -z "$broken" ] || { echo "links that lead nowhere:"; echo "$broken"; exit 1; }
  followed=$((followed + 1))
done < <(find . -name '*.md' -not -path './build/*' -not -path '*/node_modules/*')
printf '# A head, with `code`\n[one](#a-head-with-code) [two](#no-head) [three](no/such/file)\n[four](wrong.md#none)\n' \
  >"$work/wrong.md"
[ "$(broken_links "$work/wrong.md" | wc -l)" -eq 3 ]
echo "followed the links of $followed documents"
