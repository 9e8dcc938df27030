#!/usr/bin/env bash
# Was a test skipped that .ci/skips does not list? Names each one, and fails.
#
#   .ci/skipped.sh NAME LOG...       NAME: of a preset or a build, as in .ci/skips; logs of CTest or
#                                    GoogleTest
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

# "  3 - Suite.Test (Skipped)", "[  SKIPPED ] Suite.Test (4 ms)", "[  SKIPPED ] Suite.Test"
skipped_in() {
  sed -nE -e 's/\r$//' -e 's/^\t *[0-9]+ - (.*) \(Skipped\)$/\1/p' \
    -e 's/^\[ *SKIPPED *\] ([^ ,]+)( \(.*\))?$/\1/p' "$@" | sort -u
}

listed() {  # NAME TEST
  local where test reason
  while read -r where test reason; do
    # The list has patterns.
    # shellcheck disable=SC2053
    if [[ $where == "$1" || $where == "*" ]] && [[ $2 == $test ]]; then return 0; fi
  done < <(grep -v '^#' .ci/skips)
  return 1
}

unlisted() {  # NAME LOG...
  local test
  while read -r test; do
    listed "$1" "$test" || echo "skipped, and not listed in .ci/skips: $1 $test"
  done < <(skipped_in "${@:2}")
}

# Both kinds of logs must be understood.
[ "$(printf '\t 12 - A.B/c (Skipped)\n[  SKIPPED ] D.E (1 ms)\r\n[  SKIPPED ] 2 tests.\n' |
  unlisted nowhere - | wc -l)" -eq 2 ] || { echo "skipped tests are not found"; exit 1; }

said=$(unlisted "$@")
[ -z "$said" ] || { echo "$said"; exit 1; }
