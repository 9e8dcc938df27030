#!/usr/bin/env bash
# The intake and the waking of the worker as models, checked by spin in every interleaving; then
# with one precaution taken away at a time: a model in which that is not found checks nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/packages.sh

need spin gcc libc6-dev

work=build/model
rm -rf "$work"
mkdir -p "$work"
models=$PWD/tests/model

# check HOW MODEL -DNAME...: builds the checker of that variant and runs it; $said is what it says.
check() {
  local how=$1 model=$2
  shift 2
  name=$work/$model$(printf '%s' "$@")
  mkdir -p "$name"
  (cd "$name" && spin "$@" -a "$models/$model.pml" >spin.txt &&
    gcc "$how" -w -DSAFETY -DVECTORSZ=512 -DCOLLAPSE -DMEMLIM=1000 -o pan pan.c) ||
    { cat "$name/spin.txt" && exit 1; }
  said=$(cd "$name" && ./pan -m1000 -w20 2>&1)
}

# Nothing is wrong, and nothing was left unsearched.
holds() {
  check -O2 "$@"
  if ! grep -q 'errors: 0$' <<<"$said" || grep -qE 'not completed|max search depth' <<<"$said"; then
    echo "$said"
    echo "$*: a property is broken; in $name: spin -k $1.pml.trail -t -p -g ${*:2} $models/$1.pml"
    exit 1
  fi
  echo "[figure] model $* states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' <<<"$said")"
}

# ... and this kind of error is found: one of the model's own properties, not a slip in it.
fails() {
  local error=$1
  shift
  check -O0 "$@"
  if ! grep -q "^pan:1: $error" <<<"$said"; then
    echo "$said"
    echo "$*: the checker did not find what is wrong"
    exit 1
  fi
  echo "[figure] model $* found"
}

holds intake -DCALLERS=2 -DEACH=2 &
beside=$!
holds intake -DCALLERS=3 -DEACH=1
wait "$beside"
for without in RELEASE ACQUIRE SIGNAL_FENCE ZERO HOLE RELEASE_OF_HEAD POSITION STEP_OVER_HOLES \
  ORDER_AT_THE_END; do
  fails 'assertion violated (' intake "-DNO_$without"
done

holds sleeping
holds sleeping -DYOUNG
for without in RECHECK SEQ_CST_TAIL SEQ_CST_SLEEPING; do
  fails 'invalid end state' sleeping "-DNO_$without"
  fails 'invalid end state' sleeping -DYOUNG "-DNO_$without"
done
fails 'invalid end state' sleeping -DYOUNG -DNO_LOOK_AGAIN
