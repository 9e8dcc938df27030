#!/usr/bin/env bash
# Comments are sentences with a subject. Counts those of agent/, platform/ and include/ that open
# with a headless clause ("Who waits for more, waits longer."; questions may), prints each of them
# and fails when they are too many. A canary shows that it still looks.
set -euo pipefail
cd "$(dirname "$0")/.."

count() {
  awk '
    function flush(   rest, sentence) {
      rest = text
      while (match(rest, /[.?!][")]*( |$)/)) {
        sentence = substr(rest, 1, RSTART)
        rest = substr(rest, RSTART + RLENGTH)
        judge(sentence)
      }
      judge(rest)
      text = ""
    }
    function judge(sentence) {
      gsub(/^[^A-Za-z]+/, "", sentence)
      if (sentence !~ /[A-Za-z]/) return
      ++sentences
      if (sentence ~ /\?$/) return
      first = toupper(substr(sentence, 1, 1)) substr(sentence, 2)
      if (first ~ /^(Who|Whom|Whose|What|Which|Whoever|Whomever|Whatever|Whichever)[ ,]/ ||
          first ~ /^(That which|That what|He who|Those who|All that|All who|As who|To whom|Of whom|Of what|For whom|With whom|By whom|From whom|On what|For what|With what|To what|From what|By what|Than what)[ ,]/) {
        ++headless
        print place ": " sentence
      }
    }
    FNR == 1 { flush() }
    {
      comment = ""
      code = 0
      if (match($0, /^ *\/\/+/)) {
        comment = substr($0, RLENGTH + 1)
        sub(/^!?<?/, "", comment)
      } else if (match($0, /[^:"]\/\/ /)) {
        comment = substr($0, RSTART + RLENGTH - 1)
        code = 1
      }
      sub(/^ +/, "", comment)
      sub(/ +$/, "", comment)
      starts = code || comment ~ /^(- |\* |---|[0-9]+\. )/ || length(comment) == 0
      if (starts) flush()
      if (length(comment) == 0 || comment ~ /^(namespace|NOLINT|EMBEDDABLES_)/) next
      if (text == "") place = FILENAME ":" FNR
      text = text == "" ? comment : text " " comment
    }
    END {
      flush()
      printf "%d of %d\n", headless, sentences
    }' "$@"
}

canary=$(mktemp)
trap 'rm -f "$canary"' EXIT
cat >"$canary" <<'TEXT'
// What comes late is refused. A caller waits. May it go on?
int a;  // who may look at it
int b;  // What is left. Whose
        // name it has is the store's matter.
TEXT
found=$(count "$canary" | tail -n 1)
[ "$found" = "4 of 6" ] || {
  echo "the canary has 4 headless sentences of 6, not $found"
  exit 1
}

mapfile -t files < <(git ls-files 'agent/*.h' 'agent/*.cc' 'platform/*.h' 'platform/*.cc' 'include/*.h')
said=$(count "${files[@]}")
read -r headless _ sentences < <(tail -n 1 <<<"$said")
head -n -1 <<<"$said"
echo "[figure] comment sentences=$sentences headless=$headless"
[ "$sentences" -ge 1000 ] || { echo "that is too few sentences to be all"; exit 1; }
[ $((headless * 1000)) -lt $((sentences * 5)) ] ||
  { echo "0.5 % or more of the comment sentences open with a headless clause"; exit 1; }
