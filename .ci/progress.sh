#!/usr/bin/env bash
# Builds, and shows how far it is: on a terminal in one line that is rewritten, elsewhere in a line
# for each tenth. What else the build says (warnings, errors) passes, and its exit code stays.
#
#   .ci/progress.sh cmake --build ...        with Ninja
set -uo pipefail

show() {
  local line done total file tenth=0 open=false terminal=false width
  [ -t 1 ] && terminal=true && width=$(tput cols 2>/dev/null || echo 80)
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then
      done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]} file=${BASH_REMATCH[3]##*/}
      # Ninja looks after CMake first, in a count of its own.
      case ${BASH_REMATCH[3]} in Re-checking* | Re-running*) continue ;; esac
      if $terminal; then
        line="building: $done of $total, ${file%.o}"
        printf '\r\033[K%s' "${line:0:width - 1}"
        open=true
      elif [ $((10 * done / total)) -gt $tenth ]; then
        tenth=$((10 * done / total))
        echo "building: $done of $total"
      fi
    elif [ "$line" != "ninja: no work to do." ]; then
      $open && printf '\r\033[K'
      open=false
      printf '%s\n' "$line"
    fi
  done
  if $open; then printf '\r\033[K'; fi
}

NINJA_STATUS='[%f/%t] ' "$@" 2>&1 | show
