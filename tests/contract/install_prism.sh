#!/usr/bin/env bash
# Installs Prism, the API mock, into the given folder. Pinned: 5.x needs Node.js 20.
set -euo pipefail
directory=$1
case $(node --version) in
  v1[0-9].*) version=4.14.1 ;;
  *) version=5.14.2 ;;
esac
[ -x "$directory/node_modules/.bin/prism" ] && [ "$(cat "$directory/version")" = "$version" ] && exit
mkdir -p "$directory"
echo "installing Prism $version"
npm install --prefix "$directory" --no-audit --no-fund --loglevel=error --no-save \
  "@stoplight/prism-cli@$version"
echo "$version" >"$directory/version"
