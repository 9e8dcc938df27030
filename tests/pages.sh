#!/usr/bin/env bash
# The manual pages and completions say what --help says, and the tools that read them find no fault
# with them. Installs what it needs (Debian, Ubuntu).
#
#   tests/pages.sh      after the release build, or it builds what it needs
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages bash zsh fish mandoc groff

build=$PWD/build/release
[ -d "$build" ] || cmake --preset release ${CMAKE_ARGS:-} >/dev/null
.ci/progress.sh cmake --build --preset release --target pages embeddables-agent embeddables-collector
agent=$build/bin/embeddables-agent
PATH=$build/bin:$PATH
cd "$build/pages"

fail() {
  echo "$*"
  exit 1
}

# What --help of a command (or of a program without commands) names.
options_of() { "$@" --help | grep -oE '^  (-h,)?--[a-z-]+' | grep -oE -- '--.*'; }

commands() { "$agent" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\( [a-z]\+\)\?\) .*/\1/p'; }

# --- The manual: no tool has a complaint, and each command and option stands in it.
manual() {
  local page=$1 said
  said=$(mandoc -Tlint -Wall "$page" 2>&1) || fail "mandoc: $said"
  [ -z "$said" ] || fail "mandoc: $said"
  said=$(groff -man -ww -Tutf8 -z "$page" 2>&1)
  [ -z "$said" ] || fail "groff: $said"
}
shown() { mandoc -Tascii "$1" | sed 's/.\x08//g'; }
in_manual() {
  local page=$1 option
  shift
  for option in "$@"; do
    grep -qE "^ +(-h, )?$option( |$)" "$page" || fail "the manual page lacks $option"
  done
}

# --- What a shell offers for a line. Bash: the last word of the line is the one to complete.
bash_offers() {
  bash -c '
    . "$1"
    COMP_WORDS=("${@:3}") COMP_CWORD=$(($# - 3))
    "$2"
    printf "%s\n" "${COMPREPLY[@]}"' bash "$1.bash" "_${1//-/_}" "$@"
}
# fish writes what it offers with a tab before its explanation.
fish_offers() { fish --no-config -c "source $1.fish; complete -C '$*'" | cut -f 1; }
# zsh offers nothing but to a terminal.
cat >"$build/pages/zsh_shell" <<'END'
PS1='ready>'
unset zle_bracketed_paste
fpath=($PWD $fpath)
autoload -U compinit
compinit -u -D
zstyle ':completion:*' verbose no
setopt no_beep no_always_last_prompt
LISTMAX=100000
bindkey '^I' list-choices
stty columns 30 rows 1000
END
cat >"$build/pages/zsh_ask" <<'END'
zmodload zsh/zpty
zpty shell 'TERM=dumb zsh -f -i'
zpty -w shell 'source ./zsh_shell'
zpty -r shell said '*ready>*'  # by then the shell itself reads the keys
zpty -w -n shell "$1"$'\t'
zpty -w shell $'\x15print do""ne'
zpty -r shell said '*done*'
print -r -- "$said"
END
zsh_offers() { timeout 20 zsh -f zsh_ask "$*" | tr -s ' \r\n' '\n'; }

# SHELL PROGRAM WORDS... WANTED: each line of WANTED is offered.
offers() {
  local shell=$1 wanted=${*: -1} offered each
  offered=$("${shell}_offers" "${@:2:$#-2}")
  for each in $wanted; do
    grep -qxF -- "$each" <<<"$offered" ||
      fail "$shell offers no $each after \"${*:2:$#-2}\", but: $offered"
  done
}
offers_not() {
  local shell=$1 offered
  offered=$("${shell}_offers" "${@:2:$#-2}")
  ! grep -qxF -- "${*: -1}" <<<"$offered" || fail "$shell offers ${*: -1} after \"${*:2:$#-2}\""
}

for program in embeddables-agent embeddables-collector; do
  manual "$program.1"
  shown "$program.1" >"$program.txt"
  bash -n "$program.bash"
  zsh -n "_$program"
  fish -n "$program.fish"
done

count=0
while read -r -a command; do
  options=$(options_of "$agent" "${command[@]}")
  grep -qE "^ +${command[*]}( |$)" embeddables-agent.txt || fail "the manual lacks ${command[*]}"
  in_manual embeddables-agent.txt $options
  for shell in bash zsh fish; do
    offers "$shell" embeddables-agent "${command[@]}" -- "$options"
    offers "$shell" embeddables-agent "${command[0]:0:2}" "${command[0]}"
  done
  count=$((count + $(wc -w <<<"$options")))
done < <(commands)
echo "[figure] options of all commands=$count"
[ "$count" -gt 120 ]
options=$(options_of "$build/bin/embeddables-collector")
in_manual embeddables-collector.txt $options --only

for shell in bash zsh fish; do
  offers "$shell" embeddables-collector -- "$options"
  offers "$shell" embeddables-collector c check
  offers "$shell" embeddables-agent dead-letters '' "list show export requeue"
  offers "$shell" embeddables-agent consent g given
  offers "$shell" embeddables-agent --store track s status
  offers "$shell" embeddables-agent --max-ev --max-events
  offers "$shell" embeddables-agent track --crash-safe-intake t true
  offers "$shell" embeddables-agent flush --ca-file embeddables-agent.f embeddables-agent.fish
  offers_not "$shell" embeddables-agent status -- --prop
  # fish offers options also where a value is due.
  [ "$shell" = fish ] || offers_not "$shell" embeddables-agent track --prop -- --number
done
offers bash embeddables-agent flush --ca-file = embeddables-agent.f embeddables-agent.fish

# It must find what is wrong.
! (in_manual embeddables-agent.txt --no-such-option) >/dev/null || fail "the manual has any option"
for shell in bash fish zsh; do
  ! (offers "$shell" embeddables-agent track -- --no-such-option) >/dev/null ||
    fail "it is not seen what $shell does not offer"
done
echo 'the manual pages and completions are right'
