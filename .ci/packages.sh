# Sourced by the scripts that install what they need. Asks the package manager only for what is
# missing, so that a second run needs no network.

build_packages="g++ cmake ninja-build pkg-config libcurl4-openssl-dev rapidjson-dev libsqlite3-dev
  libcpp-httplib-dev libcli11-dev libssl-dev"

# The clang that this system has, or would install.
clang_major() {
  apt-cache show clang 2>/dev/null | sed -n "s/^Version: 1:\([0-9]*\).*/\1/p" | head -n 1
}

need() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  echo "installing: ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}
