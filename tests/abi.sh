#!/usr/bin/env bash
# The binary promise of agent_c.h: fails if a program that was built with an earlier header of the
# same EMB_ABI_VERSION would not run any more. New functions, numbers and fields at the end of a
# struct are no break. A break that is meant is announced by a new EMB_ABI_VERSION, and needs a new
# baseline:
#
#   tests/abi.sh           compares with tests/abi/VERSION.*
#   tests/abi.sh --renew   writes them; after additions too, so that these are promised from then on
#
# .abi are the functions, as libabigail sees them; .layout has where each field of a struct lies (of
# libabigail one can only ask that it tells of no new field at all); .numbers the constants.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh

need gcc libc6-dev abigail-tools

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# HEADER: a C file with functions that have the header's declarations and do nothing.
empty_functions() {
  echo '#include "agent_c.h"'
  awk '/^EMB_API / { on = 1 } on { text = text " " $0 } on && /;/ {
    on = 0
    sub(/;.*/, text ~ /^ EMB_API void / ? " {}" : " { return 0; }", text)
    print text
    text = ""
  }' "$1"
}

# HEADER: a C program that prints "STRUCT.FIELD at OFFSET: SIZE bytes of TYPE" for each field but the
# reserved ones.
layout_printer() {
  echo '#include "agent_c.h"'
  echo '#include <stdio.h>'
  echo 'int main(void) {'
  awk '
    /^typedef struct emb_[a-z_]+ \{/ { struct = $3; next }
    struct != "" && /^\}/ { struct = "" }
    struct != "" && match($0, /^  [a-z][^;]*;/) {
      type = field = substr($0, 3, RLENGTH - 3)
      sub(/\[.*/, "", field)
      sub(/.*[ *]/, "", field)
      sub(field, "", type)
      sub(/ +$/, "", type)
      if (field ~ /^reserved/) next
      at = struct "." field
      printf "  printf(\"%s at %%zu: %%zu bytes of %s\\n\", offsetof(%s, %s), ", at, type, struct, field
      printf "sizeof ((%s*)0)->%s);\n", struct, field
    }' "$1"
  echo '  return 0; }'
}

# HEADER NAME: writes NAME.abi, NAME.layout and NAME.numbers into the working folder.
describe() {
  mkdir -p "$work/$2"
  cp "$1" "$work/$2/agent_c.h"
  empty_functions "$1" >"$work/$2/functions.c"
  layout_printer "$1" >"$work/$2/layout.c"
  (cd "$work/$2" && gcc -g -O0 -fPIC -shared -fvisibility=hidden functions.c -o functions.so &&
    gcc layout.c -o layout)
  abidw --no-show-locs --no-corpus-path --no-comp-dir-path "$work/$2/functions.so" >"$work/$2.abi"
  "$work/$2/layout" | sort >"$work/$2.layout"
  {
    grep -oE '\bEMB_[A-Z0-9_]+ = [0-9]+' "$1"
    sed -nE 's/^#define (EMB_[A-Z_]+) ([A-Z0-9_]+u?)$/\1 = \2/p' "$1"
  } | sort >"$work/$2.numbers"
}

# OLD NEW: prints what breaks, if something does.
breaks() {
  local said
  said=$(abidiff --no-added-syms --suppressions tests/abi/structs.abignore "$1.abi" "$2.abi") ||
    echo "$said"
  comm -23 "$1.layout" "$2.layout" | sed 's/^/gone or changed: /'
  comm -23 "$1.numbers" "$2.numbers" | sed 's/^/gone or changed: /'
}

header=include/embeddables/agent_c.h
version=$(sed -nE 's/^#define EMB_ABI_VERSION ([0-9]+)u$/\1/p' $header)
baseline=tests/abi/$version
describe $header now
if [ "${1:-}" = --renew ] && [ -f "$baseline.abi" ] && [ -n "$(breaks "$baseline" "$work/now")" ]; then
  echo "this would hide a break of version $version; raise EMB_ABI_VERSION first"
elif [ "${1:-}" = --renew ]; then
  for part in abi layout numbers; do cp "$work/now.$part" "$baseline.$part"; done
fi
[ -f "$baseline.abi" ] || { echo "no baseline of ABI version $version: tests/abi.sh --renew"; exit 1; }
said=$(breaks "$baseline" "$work/now")

# Canaries: a break in a copy of the header must be noticed, an addition must not.
canary() { # NAME SED
  sed -E "$2" $header >"$work/agent_c.h"
  cmp -s $header "$work/agent_c.h" && { echo "the canary '$1' changes nothing"; exit 1; }
  describe "$work/agent_c.h" "$1"
  breaks "$work/now" "$work/$1"
}
for broken in \
  'field-gone:/^  uint64_t taken_over;$/d' \
  'field-narrower:s/^  uint64_t own_pending;/  uint32_t own_pending;/' \
  'field-inserted:s/^  int64_t next_try_ms;/  int64_t later;\n&/' \
  'fields-swapped:s/^  int32_t store_in_memory;/  int32_t sender_;/;s/^  int32_t sender;/  int32_t store_in_memory;/' \
  'function-gone:/^EMB_API int32_t emb_reset\(/d' \
  'argument-gone:s/(emb_pause\(emb_agent\* agent), emb_status\* status/\1/' \
  'number-changed:s/EMB_PRIORITY_LOW = 1/EMB_PRIORITY_LOW = 7/'; do
  [ -n "$(canary "${broken%%:*}" "${broken#*:}")" ] || { echo "nobody noticed: $broken"; exit 1; }
done
for added in \
  'function-added:s/^EMB_API int32_t emb_reset/EMB_API int32_t emb_later(void);\n&/' \
  'field-added:s/^\} emb_config;/  uint64_t later;\n&/' \
  'number-added:s/EMB_PRIORITY_CRITICAL = 3/&, EMB_PRIORITY_LATER = 4/'; do
  said_of_it=$(canary "${added%%:*}" "${added#*:}")
  [ -z "$said_of_it" ] || { echo "refused: $added"; echo "$said_of_it"; exit 1; }
done

echo "[figure] abi version=$version functions=$(grep -c '<elf-symbol' "$work/now.abi") \
fields=$(wc -l <"$work/now.layout") numbers=$(wc -l <"$work/now.numbers") breaks=$(grep -c . <<<"$said" || true)"
[ -z "$said" ] || {
  echo "$said"
  echo "a break of the C ABI: undo it, or raise EMB_ABI_VERSION and run tests/abi.sh --renew"
  exit 1
}
