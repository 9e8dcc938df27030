#!/usr/bin/env bash
# Unpacks one of Debian's source packages, with Debian's patches. apt has its own state and list of
# sources, so that the machine's are left alone.
#
#   platform/toolchains/source.sh PACKAGE FOLDER        FOLDER must not exist
#
# Debian: dpkg-dev.
set -euo pipefail
package=$1
mkdir -p "$(dirname "$2")"
folder=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
mkdir -p "$state"/lists/partial "$state"/archives/partial "$state"/sources
touch "$state/sources.list"
[ ! -f /etc/apt/sources.list ] ||
  sed -n 's/^deb \(.*debian.*\)/deb-src \1/p' /etc/apt/sources.list >"$state/sources.list"
for list in /etc/apt/sources.list.d/debian*.sources; do
  [ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"$state/sources/${list##*/}"
done
own=(-o "Dir::State::lists=$state/lists" -o "Dir::Cache::archives=$state/archives"
  -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o "Dir::Etc::sourcelist=$state/sources.list"
  -o "Dir::Etc::sourceparts=$state/sources" -o APT::Sandbox::User=root)
apt-get "${own[@]}" -qq update || echo "some lists could not be fetched"
cd "$state"
apt-get "${own[@]}" -qq --download-only source "$package"
dpkg-source --no-check -x ./*.dsc "$folder" >/dev/null
