#!/usr/bin/env bash
# Makes a sysroot of Debian's packages for another architecture. It has its own state of apt, so that
# the machine's is left alone, and nothing of the packages runs.
#
#   platform/toolchains/sysroot.sh ARCHITECTURE FOLDER [PACKAGE...]     e.g. arm64 build/arm64-root
set -euo pipefail
architecture=$1
mkdir -p "$2"
root=$(cd "$2" && pwd)
shift 2
packages=(libc6-dev libstdc++6 libcurl4-openssl-dev libsqlite3-dev rapidjson-dev libgtest-dev
  libgmock-dev libcli11-dev libcpp-httplib-dev libssl-dev libnghttp2-dev "$@")

state=$root/.apt
mkdir -p "$state"/{lists,archives}/partial "$state"/etc
touch "$state/status"
[ ! -f /etc/apt/sources.list ] || cp /etc/apt/sources.list "$state/etc/"
own=(-o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture"
  -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$state/status"
  -o "Dir::Cache::archives=$state/archives" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
  -o APT::Sandbox::User=root -o Debug::NoLocking=1)
# A list that is missing shows in what cannot be installed.
apt-get "${own[@]}" -qq update || echo "some lists could not be fetched"
apt-get "${own[@]}" -qq -y --no-install-recommends --download-only install "${packages[@]}"
# As Debian's own systems have it, before the first package puts files there.
mkdir -p "$root"/usr/{bin,sbin,lib}
for folder in bin sbin lib; do [ -e "$root/$folder" ] || ln -s "usr/$folder" "$root/$folder"; done
for package in "$state"/archives/*.deb; do
  # Some packages still have /lib as a folder: through the link it is the same place.
  dpkg-deb --fsys-tarfile "$package" | tar -xf - -C "$root" --keep-directory-symlink
done
rm -rf "$state/archives"
# Links to absolute paths would lead out of the sysroot.
find "$root" -lname '/*' -not -path "$state/*" | while read -r link; do
  ln -snf "$(realpath -m --relative-to="$(dirname "$link")" "$root$(readlink "$link")")" "$link"
done
