#!/usr/bin/env bash
# tests/consumers.sh with the oldest CMake that CMakeLists.txt claims, from Debian 11. Its packages
# are only unpacked: nothing is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages debian-archive-keyring

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists,archives}/partial "$work/root"
touch "$work/status"
mirror=$(apt-get indextargets --format '$(SITE)' | grep -v security | head -n 1)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bullseye main" \
  >"$work/sources.list"
own=(-qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::lists=$work/lists" -o "Dir::State::status=$work/status"
  -o "Dir::Cache::archives=$work/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
  -o APT::Sandbox::User=root)
apt-get "${own[@]}" update
# Of what it needs, the libraries that this system has in other versions.
(cd "$work/archives" && apt-get "${own[@]}" download cmake cmake-data libarchive13 libjsoncpp24 \
  librhash0 libuv1)
for package in "$work"/archives/*.deb; do dpkg-deb -x "$package" "$work/root"; done

cat >"$work/cmake" <<EOF
#!/bin/sh
LD_LIBRARY_PATH=$work/root/usr/lib/$(gcc -print-multiarch) exec $work/root/usr/bin/cmake "\$@"
EOF
chmod +x "$work/cmake"
claimed=$(sed -n 's/^cmake_minimum_required(VERSION \(.*\))$/\1/p' CMakeLists.txt)
"$work/cmake" --version | grep -q "^cmake version $claimed\." ||
  { "$work/cmake" --version; echo "that is not the version claimed, $claimed"; exit 1; }
tests/consumers.sh "$work/cmake"
