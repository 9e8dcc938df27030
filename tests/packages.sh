#!/usr/bin/env bash
# The Debian packages: built, judged by lintian, and systemd's units by its own tools.
#
#   tests/packages.sh
#   tests/packages.sh --root     also installed, used and removed on a bare Debian, and once more
#                                while its systemd runs; needs root
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages dpkg-dev lintian systemd gzip strace util-linux

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
# What the commands of the units ask of the kernel, the units allow. systemd itself is not running
# here; as in the units it is no root who runs them.
allowed() {
  local filter=$1 line
  systemd-analyze syscall-filter "$filter" | sed 's/^ *//; /^#/d' | while read -r line; do
    case $line in
      "$filter") ;;
      @*) allowed "$line" ;;
      *) echo "$line" ;;
    esac
  done
}
calls() {
  local user=() said=0
  [ "$(id -u)" -ne 0 ] || user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  "${user[@]}" env -i HOME=/ EMBEDDABLES_STORE="$work/store/events.db" EMBEDDABLES_PROJECT=pr_try \
    EMBEDDABLES_EMBEDDABLE=flow_try EMBEDDABLES_API_KEY=rk_try EMBEDDABLES_IDENTIFIER=kiosk=17 \
    EMBEDDABLES_BASE_URL=http://127.0.0.1:9 strace -f -qq -o "$work/store/calls" \
    "$work/tools/usr/bin/embeddables-agent" "$@" >"$work/said" 2>&1 || said=$?
  [ $said -eq 0 ] || [ $said -eq 4 ] || fail "$* ended with $said: $(cat "$work/said")"
  sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$work/store/calls"
}
mkdir -m 777 "$work/store"
chmod 755 "$work"
{ echo '{"name":"door"}' | calls track --stdin --no-flush; calls flush --timeout 1; } |
  sort -u >"$work/asked"
allowed @privileged | sort -u >"$work/privileged"
allowed @system-service | sort -u | comm -23 - "$work/privileged" >"$work/allowed"
[ "$(wc -l <"$work/asked")" -gt 40 ]
[ "$(wc -l <"$work/allowed")" -gt 200 ]
refused=$(comm -23 "$work/asked" "$work/allowed")
[ -z "$refused" ] || fail "the units refuse system calls that the programs make: $refused"
refused=$(comm -23 <(sort -u "$work/asked" - <<<chown) "$work/allowed")
[ "$refused" = chown ] || fail "it is not seen that the units refuse chown"

# They must find what is wrong.
! (exposure "$units/embeddables-flush.service" 5) >/dev/null || fail "any exposure is taken"
sed -i 's/^Type=oneshot/Tpye=oneshot/' "$units/embeddables-flush.service"
! (verify) >/dev/null || fail "an unknown key in a unit is not seen"
echo "lintian and systemd have nothing to say"
[ "${1:-}" = --root ] || exit 0

# --- A bare Debian 12, in memory: what dpkg writes need not reach a disk.
need mmdebstrap util-linux systemd-container
root=$work/root
mkdir "$root"
mount -t tmpfs -o mode=755 tmpfs "$root"
mounted=yes
begun=$SECONDS
mirror=$(apt-get indextargets --format '$(SITE)' | grep '/debian$' | head -n 1)
mmdebstrap --quiet --variant=apt bookworm "$root" "deb $mirror bookworm main" 2>"$work/bare.log" ||
  { tail "$work/bare.log"; exit 1; }
echo "[figure] bare Debian seconds=$((SECONDS - begun))"
mkdir "$root/try"
cp "${packages[@]}" "$root/try"
cp -r tests/consumers tests/packages_in_root.sh tests/packages_under_systemd.sh "$root/try"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
# Whatever it starts ends with it.
unshare --pid --fork --kill-child chroot "$root" env -i HOME=/root TERM=dumb \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin bash /try/packages_in_root.sh
umount "$root/proc"
umount -R -l "$root/dev"
echo "[figure] packages there seconds=$((SECONDS - begun))"

# --- The same Debian, started: systemd runs the units, and ends with what the script said.
cat >"$root/etc/systemd/system/try.service" <<'END'
[Unit]
SuccessAction=exit
FailureAction=exit
FailureActionExitStatus=1
[Service]
Type=oneshot
ExecStart=/bin/bash /try/packages_under_systemd.sh
StandardOutput=file:/try/said
StandardError=file:/try/said
TimeoutStartSec=300
END
timeout 400 systemd-nspawn --quiet --directory="$root" --private-network --register=no --keep-unit \
  --boot -- --unit=try.service >"$work/boot.log" 2>&1 || result=$?
cat "$root/try/said" || cat "$work/boot.log"
[ "${result:-0}" -eq 0 ]
grep -q 'without a trace' "$root/try/said"
echo "[figure] systemd, too, seconds=$((SECONDS - begun))"
