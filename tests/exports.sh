#!/usr/bin/env bash
# Which names a program gets from the library: a shared one shows the API and nothing else, and
# those of a static one are all in our namespace.
#
#   tests/exports.sh LIBRARY
set -euo pipefail
library=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The names of the API, one a line, mangled.
shared_names() { nm -D --defined-only "$1" | awk '{ print $NF }' | sed 's/@.*//' | sort -u; }

# Names that a program could collide with: neither weak (W, V), as all templates are, nor local.
static_names() { nm -g --defined-only "$1" | awk 'NF == 3 && $2 !~ /[WVu]/ { print $3 }' | sort -u; }

# Reads names; prints those that are not ours.
foreign() { c++filt | grep -vE '^(emb_[a-z0-9_]+$|(vtable for )?embeddables::)' || true; }

# Reads names of a shared library; prints those behind the API, too.
not_api() {
  c++filt | grep -vE '^(emb_[a-z0-9_]+$|embeddables::(Name|(Agent|HttpTransport|Ledger|PropList|Status)::[^:(]+)\()' ||
    true
}

fail() { echo "$1:"; head -n 20 <<<"$2" | cut -c 1-200; exit 1; }

case $library in
  *.so*)
    shared_names "$library" >"$work/names"
    other=$(not_api <"$work/names")
    [ -z "$other" ] || fail "$library shows more than the API" "$other"
    # What a plug-in holds on to is never unloaded.
    unique=$(readelf -Ws --dyn-syms "$library" | awk '$5 == "UNIQUE" && $7 != "UND" { print $8 }')
    [ -z "$unique" ] || fail "$library could not be unloaded, because of" "$unique"
    ;;
  *)
    static_names "$library" >"$work/names"
    other=$(foreign <"$work/names")
    [ -z "$other" ] || fail "$library has names outside of our namespace" "$other"
    # A program that shows its own names (-rdynamic, a plug-in) does not show the library's. The C++
    # library's templates are in every program, and visible by its own will.
    visible=$(readelf -Ws "$library" 2>/dev/null | awk '$5 ~ /GLOBAL|WEAK|UNIQUE/ &&
      $6 == "DEFAULT" && $7 != "UND" { print $8 }' | sort -u | c++filt | grep -vE '^emb_|(^| )(std|__gnu_cxx)::' || true)
    [ -z "$visible" ] || fail "$library would be shown by a program that links it" "$visible"
    ;;
esac
count=$(wc -l <"$work/names")
[ "$count" -ge 40 ] || { echo "$library has only $count names: this script reads it wrongly"; exit 1; }

# It must find what is wrong.
printf '%s\n' curl_easy_init sqlite3_open _ZN9rapidjson6ReaderEv _ZNSt6vectorIiE4sizeEv \
  _ZN11embeddables4NameENS_10DropReasonE emb_version >"$work/wrong"
[ "$(foreign <"$work/wrong" | wc -l)" -eq 4 ] && [ "$(not_api <"$work/wrong" | wc -l)" -eq 4 ] ||
  { echo "tests/exports.sh lets a foreign name pass"; exit 1; }
[ -n "$(echo _ZN11embeddables5Agent4Impl4PumpEv | not_api)" ] ||
  { echo "tests/exports.sh takes what is behind the API for a part of it"; exit 1; }
echo "[figure] exports library=$(basename "$library") names=$count"
