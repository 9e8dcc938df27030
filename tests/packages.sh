#!/usr/bin/env bash
# The Debian packages: built, judged by lintian, and systemd's units by its own tools.
#
#   tests/packages.sh
#   tests/packages.sh --root     also installed, used and removed on a bare Debian made by
#                                debootstrap; needs root
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages dpkg-dev lintian systemd gzip

command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
build=build/debian
cmake --preset debian ${CMAKE_ARGS:-} >/dev/null
.ci/progress.sh cmake --build --preset debian
rm -rf $build/packages
cpack --config $build/CPackConfig.cmake -B $build/packages >$build/cpack.log 2>&1 ||
  { cat $build/cpack.log; exit 1; }
packages=($build/packages/{libembeddables-agent-dev,embeddables-agent-tools}_*.deb)

fail() {
  echo "$*"
  exit 1
}

as_root=()
[ "$(id -u)" -ne 0 ] || as_root=(--allow-root)
lintian "${as_root[@]}" --fail-on error,warning "${packages[@]}"
echo "[figure] bytes of the packages: library=$(stat -c %s "${packages[0]}")\
 tools=$(stat -c %s "${packages[1]}")"

work=$(mktemp -d)
mounted=
cleanup() {
  [ -z "$mounted" ] || umount -R -l "$work/root" || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

# --- The units. `verify` looks for the program in the folders where it would be installed.
dpkg-deb -x "${packages[1]}" "$work/tools"
units=$work/tools/usr/lib/systemd/system
verify() {
  local unit complaints
  mkdir -p "$work/units"
  for unit in "$units"/*; do
    sed "s|^ExecStart=embeddables-agent|ExecStart=$work/tools/usr/bin/embeddables-agent|" "$unit" \
      >"$work/units/$(basename "$unit")"
  done
  # Of the machine's own units nothing is asked here.
  complaints=$(systemd-analyze verify --man=no --recursive-errors=no "$work"/units/* 2>&1) ||
    fail "systemd-analyze verify: $complaints"
  complaints=$(grep -F embeddables <<<"$complaints" || true)
  [ -z "$complaints" ] || fail "systemd-analyze verify: $complaints"
}
# Tenths of its exposure, of at most ten: 20 are "OK".
exposure() {
  systemd-analyze security --offline=yes --no-pager --threshold="$2" "$1" >"$work/exposure" ||
    fail "$(grep '→' "$work/exposure")"
}
verify
for unit in track flush; do exposure "$units/embeddables-$unit.service" 20; done
# They must find what is wrong.
! (exposure "$units/embeddables-flush.service" 5) >/dev/null
sed -i 's/^Type=oneshot/Tpye=oneshot/' "$units/embeddables-flush.service"
! (verify) >/dev/null
echo "lintian and systemd have nothing to say"
[ "${1:-}" = --root ] || exit 0

# --- A bare Debian 12.
need debootstrap util-linux
root=$work/root
debootstrap --variant=minbase bookworm "$root" >"$work/debootstrap.log" ||
  { tail "$work/debootstrap.log"; exit 1; }
echo "[figure] debootstrap seconds=$SECONDS"
mkdir "$root/try"
cp "${packages[@]}" "$root/try"
cp -r tests/consumers tests/packages_in_root.sh "$root/try"
mounted=yes
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
# Whatever it starts ends with it.
unshare --pid --fork --kill-child chroot "$root" env -i HOME=/root TERM=dumb \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin bash /try/packages_in_root.sh
echo "[figure] seconds with the bare Debian=$SECONDS"
