#!/usr/bin/env bash
# Installs Prism, the API mock, into the given folder. Pinned with its parts: the server of 5.16
# never answers a body that is no JSON. 5.x needs Node.js 20.
set -euo pipefail
directory=$1
case $(node --version) in
  v1[0-9].*) packages=(@stoplight/prism-cli@4.14.1) ;;
  *) packages=(@stoplight/prism-{cli@5.14.2,core@5.8.0,http-server@5.12.2}) ;;
esac
[ -x "$directory/node_modules/.bin/prism" ] &&
  [ "$(cat "$directory/version")" = "${packages[*]}" ] && exit
mkdir -p "$directory"
echo "installing ${packages[*]}"
npm install --prefix "$directory" --no-audit --no-fund --loglevel=error --no-save "${packages[@]}"
echo "${packages[*]}" >"$directory/version"
