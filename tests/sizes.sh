#!/usr/bin/env bash
# Classes, functions and files are small enough to be read: prints the largest of each, and fails
# where one is over its limit. A nested class counts by itself; constructors, destructors and
# assignments do not count as methods. The public headers are manuals, and as long as they need.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh

need universal-ctags

# FILE...: what ctags finds, as lines "fields COUNT CLASS", "methods COUNT CLASS" and "lines COUNT
# FUNCTION". A method that is defined outside of its class was counted where it is declared.
measure() {
  ctags --quiet --options=NONE --languages=C++ --langmap=C++:.h.cc --kinds-C++=+p --fields=+neK \
    -D 'EMB_GUARDED_BY(x)=' -D 'EMB_REQUIRES(x)=' -D 'EMB_EXCLUDES(x)=' \
    -D 'EMB_THREAD_ANNOTATION(x)=' -D 'alignas(x)=' --pattern-length-limit=0 --sort=no -f - "$@" |
    awk -F '\t' '
      {
        scope = ""
        for (i = 5; i <= NF; ++i) {
          if ($i ~ /^line:/) first = substr($i, 6)
          if ($i ~ /^end:/) last = substr($i, 5)
          if ($i ~ /^(class|struct|union):/) scope = substr($i, index($i, ":") + 1)
        }
        if ($4 == "function") print "lines", last - first + 1, $1 "@" $2 ":" first
        if (scope == "") next
        class = scope
        sub(/.*::/, "", class)
        if ($4 == "member") ++fields[scope]
        if ($1 == class || $1 == "~" class || $1 == "operator =") next
        if ($4 == "prototype" || ($4 == "function" && !index($3, class "::"))) ++methods[scope]
      }
      END {
        for (class in fields) print "fields", fields[class], class
        for (class in methods) print "methods", methods[class], class
      }' | sed -E 's/ (embeddables::)?(__anon[0-9a-f]+::)?/ /g'
}

# NAME LIMIT: of the lines "COUNT WHAT" that it reads, prints the largest five, and each over LIMIT.
largest() {
  sort -rn | awk -v name="$1" -v limit="$2" '
    NR <= 5 { five = five " " $2 "=" $1 }
    $1 > limit { over = over "over " limit " " name ": " $2 " has " $1 "\n" }
    END { printf "[figure] most %s:%s\n%s", name, five, over }'
}

# NAME LIMIT: the same for the 90th percentile of them all.
ninetieth() {
  sort -n | awk -v name="$1" -v limit="$2" '
    { count[NR] = $1 }
    END {
      p90 = count[int((9 * NR + 9) / 10)]
      printf "[figure] %s: functions=%d p50=%d p90=%d\n", name, NR, count[int((NR + 1) / 2)], p90
      if (p90 > limit) printf "over %d %s: 90th percentile is %d\n", limit, name, p90
    }'
}

# FILE...: classes and functions.
judge_code() {
  local measured
  measured=$(measure "$@")
  of() { sed -n "s/^$1 //p" <<<"$measured"; }
  of fields | largest "fields of a class" 20
  of methods | largest "methods of a class" 40
  of lines | largest "lines of a function" 60
  of lines | ninetieth "lines of functions" 20
}

judge_files() {
  wc -l "$@" | grep -v ' total$' | largest "lines of a file" 500
}

# What an engine copies to bring its own HTTP stack; without blank lines and comments.
judge_transport() {
  sed -n '/^class/,/^};/p' "$1" | grep -cvE '^ *(//|$)' | sed 's/$/ HttpThread/' |
    largest "lines of the sample's transport" 60
}

mapfile -t code < <(git ls-files {agent,platform}/'*.'{h,cc})
mapfile -t files < <(git ls-files {agent,platform,tests,samples}/'*.'{h,cc})
said=$(
  judge_code "${code[@]}"
  judge_files "${files[@]}"
  judge_transport samples/own_transport/http_thread.h
)
echo "$said"

# A canary for each limit.
canary=$(mktemp --suffix=.h)
trap 'rm -f "$canary"' EXIT
{
  echo 'class Canary {'
  for i in {1..41}; do echo "  int field$i;"; done
  for i in {1..41}; do echo "  void Method$i();"; done
  echo '};'
  echo 'void Canary::Method1() {'
  for i in {1..500}; do echo "  field$i = 0;"; done
  echo '}'
} >"$canary"
refused=$(
  judge_code "$canary"
  judge_files "$canary"
  judge_transport "$canary"
)
for limit in "20 fields" "40 methods" "60 lines of a function" "20 lines" "500 lines" \
  "60 lines of the sample's transport"; do
  grep -q "^over $limit" <<<"$refused" || { echo "no canary was over $limit"; exit 1; }
done

! grep '^over ' <<<"$said" || exit 1
