#!/usr/bin/env bash
# Keeps what the searches of run.sh have learnt: of all inputs in build/fuzz/learnt those that reach
# something that no other does, a file a target in tests/fuzz/learnt/, to be committed.
#
#   tests/fuzz/keep.sh [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p tests/fuzz/learnt
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
for target in ${*:-$(ls tests/fuzz/corpus)}; do
  kept=$(mktemp -d)
  build/fuzz/bin/fuzz_"$target" -merge=1 -close_fd_mask=1 "$kept" "tests/fuzz/corpus/$target" \
    "build/fuzz/learnt/$target" >/dev/null 2>&1
  tar -C "$kept" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . |
    gzip -9n >"tests/fuzz/learnt/$target.tar.gz"
  echo "[figure] fuzz target=$target kept=$(ls "$kept" | wc -l) inputs"
  rm -rf "$kept"
done
