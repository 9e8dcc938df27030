#!/usr/bin/env bash
# Who may include whom, by the #include lines, and whom a header reaches, by what the compiler has
# read. Fails where a rule is broken, and prints where.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh

need $build_packages

# A room, and which rooms above it in this table it may include beside itself; *: all of them. A
# file belongs to the longest room that its path begins with.
rooms='
embeddables/
platform/
agent/base/                         embeddables/ platform/
agent/event/                        embeddables/ agent/base/
agent/intake/                       platform/ agent/base/ agent/event/
agent/store/                        embeddables/ platform/ agent/base/ agent/event/
agent/send/                         *
agent/worker/calls/call.            embeddables/ agent/base/
agent/worker/calls/erasure_calls.h  embeddables/ agent/base/ agent/worker/calls/call.
agent/worker/                       *
agent/worker/calls/                 *
agent/worker/worker.                *
agent/api/                          *
agent/c/                            embeddables/
'

# A header, and how the paths of the files that may see it begin; after a -, of those that may not.
headers='
sqlite3.h              agent/store/
curl/curl.h            agent/send/connection_set. agent/send/curl_error. agent/send/trans
rapidjson/rapidjson.h  agent/base/json_
agent/send/transport.h - platform/ agent/base/ agent/event/ agent/intake/ agent/store/
agent/send/transport.h - agent/send/endpoint. agent/send/verdict. agent/send/judge. agent/send/gate.
'

# FILE...: prints "FILE INCLUDED" for each #include "..." in them.
included() {
  awk '/^#include "/ { split($0, part, "\""); print FILENAME, part[2] }' "$@" | sed 's,^include/,,'
}

# FILE...: the same for all that the compiler reads for them.
read_by_compiler() {
  printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I{} bash -c '
    deps=$(g++ -std=c++17 -I . -I include -M "$1") && printf "%s\n" "$deps" >"$2/${1//\//+}"' \
    bash {} "$work"
  awk '/^[^ ]+:/ { file = $2 } { for (i = 1; i <= NF; ++i) if ($i ~ /\.h$/) print file, $i }' \
    "$work"/*.cc
}

# Prints the lines "FILE INCLUDED" that break a rule of `rooms`.
against_rooms() {
  awk -v rooms="$rooms" '
    BEGIN {
      count = split(rooms, lines, "\n")
      for (i = 1; i <= count; ++i) {
        if (split(lines[i], words, " ") == 0) continue
        for (j = 2; j in words; ++j) may[words[1], words[j]] = 1
        order[words[1]] = ++rank
        delete words
      }
    }
    function room(path,   each, best) {
      best = ""
      for (each in order) if (index(path, each) == 1 && length(each) > length(best)) best = each
      return best
    }
    {
      from = room($1)
      to = room($2)
      if (from == to && from != "") next
      known = to != "" && order[to] < order[from]
      if (!known || !((from, "*") in may || (from, to) in may)) print $1 " must not include " $2
    }'
}

# The same for `headers`.
against_headers() {
  awk -v headers="$headers" '
    BEGIN { count = split(headers, lines, "\n") }
    {
      for (i = 1; i <= count; ++i) {
        if (split(lines[i], words, " ") == 0) continue
        at = length($2) - length(words[1])
        if (at < 0 || substr("/" $2, at + 1) != "/" words[1]) continue
        listed = 0
        for (j = 2; j in words; ++j) listed = listed || index($1, words[j]) == 1
        if (listed == (words[2] == "-")) print $1 " must not see " words[1]
      }
    }' | sort -u
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mapfile -t files < <(git ls-files {agent,platform,include}/'*.'{h,cc})
# Those for Windows and macOS compile there alone; their #include lines are checked with the others.
mapfile -t sources < <(git ls-files {agent,platform}/'*.cc' ':!*_windows.cc' ':!*_macos.cc')
broken=$(
  included "${files[@]}" | against_rooms
  read_by_compiler "${sources[@]}" | against_headers
)

# A canary that each rule must refuse: it includes too much, whichever room it is taken for.
canary=tests/lint/layers_canary.cc
as_of() { sed "s,^$canary,$1canary.cc,"; }
refuses() {  # SAID WORDS
  grep -q "must not $2" <<<"$1" || { echo "the canary may $2"; exit 1; }
}
for room in $(awk '$1 != "agent/api/" { print $1 }' <<<"$rooms"); do
  refuses "$(included $canary | as_of "$room" | against_rooms)" "include agent/api/agent_impl.h"
done
rm "$work"/*
seen=$(read_by_compiler $canary | as_of agent/base/)
for header in $(awk '{ print $1 }' <<<"$headers"); do
  refuses "$(against_headers <<<"$seen")" "see $header"
done

[ -z "$broken" ] || { echo "$broken"; exit 1; }
echo "[figure] layers files=${#files[@]} objects=${#sources[@]} broken=0"
