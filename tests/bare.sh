#!/usr/bin/env bash
# Runs commands in a clone of this repository on a bare Debian, where nothing but git is installed:
# whatever else they need, they install themselves. Needs root.
#
#   tests/bare.sh ROOT SUITE COMMAND...     ROOT is a folder that it makes, and leaves to its caller
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh
need debootstrap util-linux

root=$1
mkdir -p "$root"
debootstrap --variant=minbase --include=git,ca-certificates "$2" "$root" >"$root.log" ||
  { tail "$root.log"; exit 1; }
rm "$root.log"
shift 2
chmod 755 "$root"  # other users live there, too
git clone -q . "$root/root/clone"
# Where npm is reached through a proxy with a certificate of its own.
authority=${NODE_EXTRA_CA_CERTS:-}
[ -z "$authority" ] || cp "$authority" "$root/root/authority.pem"
# A mount point, or mount namespaces inside could not be made private.
unshare --mount --propagation private bash -c '
  set -e
  root=$1 authority=$2
  shift 2
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys"
  mount -t tmpfs tmpfs "$root/run"
  for command; do
    echo "--- $command, on a bare Debian"
    chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      ${authority:+NODE_EXTRA_CA_CERTS=/root/authority.pem} sh -c "cd /root/clone && $command"
  done' bash "$root" "$authority" "$@"
