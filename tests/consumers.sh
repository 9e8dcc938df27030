#!/usr/bin/env bash
# Uses the library as others do: installs it, moves the tree, and builds and runs a program with it
# in each way that README names. Each one starts an agent; most send an event to the installed
# collector, which counts them.
#
#   tests/consumers.sh [CMAKE]     another cmake than the system's
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages clang curl binutils python3 luajit mono-mcs mono-runtime

cmake=${1:-cmake}
version=$(sed -n 's/^project(embeddables-agent VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
# Quotation marks would be the shell's trouble, not ours.
work=$(mktemp -d)/"Prüfung mit Lücken"
mkdir -p "$work/stores"
collector=
cleanup() {
  [ -z "$collector" ] || kill "$collector" 2>/dev/null || true
  rm -rf "$(dirname "$work")"
}
trap cleanup EXIT

# The consumers' builds find what the ordinary build has compiled, for relative to CCACHE_BASEDIR
# the sources are in the same place.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
fi
git ls-files -co --exclude-standard -z | xargs -0 tar -cf - --no-recursion | tar -xf - -C "$work"
installed=$work/installiert
consumers=$work/tests/consumers

quietly() {
  "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log"; echo "failed: $*"; exit 1; }
}

# KIND [CMAKE'S OPTIONS]: into $installed/KIND, which is not where it was installed first.
install_library() {
  local kind=$1
  shift
  quietly "$cmake" -G Ninja -S "$work" -B "$work/build/$kind" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON -DEMBEDDABLES_BUILD_TESTS=OFF "$@"
  quietly .ci/progress.sh "$cmake" --build "$work/build/$kind"
  quietly "$cmake" --install "$work/build/$kind" --prefix "$work/before/$kind"
  mkdir -p "$installed"
  mv "$work/before/$kind" "$installed/$kind"
  rm "$work/build/$kind"/libembeddables.*
}

passed=0
sent=0
# WHAT PROGRAM [URL]
run() {
  local what=$1 program=$2 said
  shift 2
  said=$(timeout 60 "$program" "$work/stores/$passed ö.db" "$@") || { echo "$what: failed"; exit 1; }
  [ "$said" = "$version" ] || { echo "$what: says $said"; exit 1; }
  passed=$((passed + 1))
  sent=$((sent + $#))
  echo "$what: ran"
}

# WHAT FOLDER [CMAKE'S OPTIONS]
project() {
  local what=$1 folder=$2 build=$work/build/consumer$passed
  shift 2
  quietly "$cmake" -G Ninja -S "$consumers/$folder" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo "$@"
  quietly "$cmake" --build "$build"
  run "$what" "$build/consumer" "$url"
}

# WHAT FOLDER [CMAKE'S OPTIONS]: one that has all of programs.cmake.
programs() {
  local build=$work/build/consumer$passed
  project "$1, C++20" "${@:2}"
  run "$1, C++17" "$build/consumer_17" "$url"
  run "$1, C++23" "$build/consumer_23" "$url"
  run "$1, C99" "$build/consumer_c" "$url"
}

# WHAT COMPILER [OPTIONS]: one line.
line() {
  local what=$1
  shift
  quietly "$@" -o "$work/consumer"
  run "$what" "$work/consumer"
}

install_library static
install_library shared -DBUILD_SHARED_LIBS=ON
tests/exports.sh "$installed"/static/lib/libembeddables.a
tests/exports.sh "$installed"/shared/lib/libembeddables.so
for kind in static shared; do
  # The tree alone: not the folders that it came from.
  ! grep -rlF "$work" "$installed/$kind" >"$work/log" ||
    { echo "the $kind tree names the build's folder:"; cat "$work/log"; exit 1; }
  [ "$("$installed/$kind/bin/embeddables-agent" --version | sed -n 1p)" = "$version" ] ||
    { echo "the $kind command line does not say its version"; exit 1; }
done

: >"$work/collector.log"
"$installed/shared/bin/embeddables-collector" --port 0 >>"$work/collector.log" &
collector=$!
for ((i = 0; i < 600; ++i)); do
  url=$(sed -n 's/^listening on //p' "$work/collector.log")
  [ -z "$url" ] || break
  sleep 0.05
done
[ -n "$url" ] || { echo "the collector did not start"; exit 1; }

for kind in static shared; do
  for compiler in g++ clang++; do
    project "find_package, $kind, $compiler" find_package "-DCMAKE_CXX_COMPILER=$compiler" \
      "-DCMAKE_PREFIX_PATH=$installed/$kind"
  done
done
project "find_package, C++23" find_package -DCMAKE_CXX_FLAGS=-std=c++2b \
  "-DCMAKE_PREFIX_PATH=$installed/static"
project "find_package, no exceptions, no RTTI" find_package \
  "-DCMAKE_CXX_FLAGS=-fno-exceptions -fno-rtti" "-DCMAKE_PREFIX_PATH=$installed/static"

# The library is compiled by the parent, as engines build: files are compiled together, once for each
# compiler.
together=(-DCMAKE_BUILD_TYPE=Debug -DCMAKE_UNITY_BUILD=ON)
fetched=(-DFETCHCONTENT_FULLY_DISCONNECTED=ON "-DFETCHCONTENT_SOURCE_DIR_EMBEDDABLES-AGENT=$work")
for compilers in "gcc g++" "clang clang++"; do
  chosen=("-DCMAKE_C_COMPILER=${compilers% *}" "-DCMAKE_CXX_COMPILER=${compilers#* }")
  programs "add_subdirectory, ${compilers#* }" add_subdirectory "${together[@]}" "${chosen[@]}"
  programs "FetchContent, ${compilers#* }" fetch_content "${together[@]}" "${chosen[@]}" "${fetched[@]}"
done
project "add_subdirectory without C++" c_parent "${together[@]}" "-DCMAKE_CXX_COMPILER=g++"
# From here on with the flags of the ordinary build, whose objects are there.
cached=(-DEMBEDDABLES_REPRODUCIBLE=ON -DEMBEDDABLES_WARNINGS_AS_ERRORS=ON)
# README's blocks as they stand, as the whole of a project.
readme() {  # LANGUAGE WORDS IN THE BLOCK
  awk -v fence="\`\`\`$1" -v words="$2" '
    $0 == fence { block = ""; inside = 1; next }
    /^```$/ { if (inside && index(block, words)) { print block; exit } inside = 0 }
    inside { block = block $0 "\n" }' README.md
}
readme_project() {  # WORDS IN THE BLOCK, CMAKE'S OPTIONS
  local folder=$consumers/readme$passed block
  block=$(readme cmake "$1")
  [ -n "$block" ] || { echo "README has no block with $1"; exit 1; }
  mkdir "$folder"
  ln -s "$work" "$folder/embeddables-agent"
  cat >"$folder/CMakeLists.txt" <<EOF
cmake_minimum_required(VERSION 3.18)
project(your_program LANGUAGES CXX)
add_executable(your_program ../consumer.cc)
$block
set_target_properties(your_program PROPERTIES OUTPUT_NAME consumer)
EOF
  project "README: $1" "readme$passed" "${@:2}"
}
readme_project "add_subdirectory(" "${cached[@]}"
readme_project "FetchContent_MakeAvailable(" "${cached[@]}" "${fetched[@]}"
readme_project "find_package(" "-DCMAKE_PREFIX_PATH=$installed/static"

libraries=("${cached[@]}" "-DCURL_FILE=$(g++ -print-file-name=libcurl.so)"
  "-DSQLITE_FILE=$(g++ -print-file-name=libsqlite3.so)")
project "the parent's SQLite::SQLite3" own_targets "${libraries[@]}" -DSQLITE_NAME=SQLite::SQLite3
project "the parent's SQLite3::SQLite3" own_targets "${libraries[@]}" -DSQLITE_NAME=SQLite3::SQLite3
project "the parent's targets by option" own_targets "${libraries[@]}" -DCHOSEN=ON

# Libraries below folders that the parent names: found there, not on the system.
own=$work/eigene
mkdir -p "$own"/{include,lib}
ln -s "/usr/include/$(g++ -print-multiarch)/curl" /usr/include/sqlite3.h "$own/include"
ln -s "$(g++ -print-file-name=libcurl.so)" "$(g++ -print-file-name=libsqlite3.so)" "$own/lib"
quietly "$cmake" -G Ninja -S "$work" -B "$work/build/roots" -DEMBEDDABLES_BUILD_TESTS=OFF \
  -DEMBEDDABLES_BUILD_SAMPLES=OFF "-DCURL_ROOT=$own" "-DSQLite3_ROOT=$own"
for variable in CURL_LIBRARY_RELEASE SQLite3_LIBRARY CURL_INCLUDE_DIR SQLite3_INCLUDE_DIR; do
  grep -q "^$variable:.*=$own/" "$work/build/roots/CMakeCache.txt" ||
    { echo "$variable is not below the folder that was named"; exit 1; }
done

# Compiler lines, with all warnings also for the header. pkg-config prints spaces escaped.
gcc_warnings="-Werror -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wsign-conversion
  -Wold-style-cast -Wundef -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual"
clang_warnings="-Werror -Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-padded"
flags() {  # KIND OPTIONS OF PKG-CONFIG
  local kind=$1
  shift
  PKG_CONFIG_PATH=$installed/$kind/lib/pkgconfig pkg-config "$@" embeddables-agent
}
for standard in 17 20 2b; do
  for compiler in g++ clang++; do
    warnings=$gcc_warnings
    [ $compiler = g++ ] || warnings=$clang_warnings
    line "a compiler line, $compiler, C++$standard" $compiler -std=c++$standard $warnings \
      "-I$installed/static/include" "$consumers/consumer.cc" "-L$installed/static/lib" \
      -lembeddables -lcurl -lsqlite3 -pthread
  done
done
for kind in static shared; do
  eval "options=($(flags $kind --cflags --libs))"
  line "pkg-config, $kind" g++ -std=c++17 $gcc_warnings "$consumers/consumer.cc" "${options[@]}" \
    "-Wl,-rpath,$installed/$kind/lib"
  [ "$(flags $kind --modversion)" = "$version" ]
done

# README's lines in a shell, but for those that build and install: both were done above.
mkdir "$work/shell"
cp "$consumers/consumer.cc" "$work/shell/main.cc"
ln -s "$installed/static" "$(dirname "$work")/prefix"
readme sh 'pkg-config --cflags' | grep -v '^cmake ' >"$work/shell/lines"
shell_lines() {  # NAME, and the lines on the standard input
  cat >"$work/shell/$1"
  PREFIX=$(dirname "$work")/prefix quietly env -C "$work/shell" bash -e "$1"
  run "README: $1" "$work/shell/your_program"
  rm "$work/shell/your_program"
}
shell_lines pkg-config < <(sed '/^# Or/,$d' "$work/shell/lines")
shell_lines "a compiler line" < <(sed -n '/^# Or/,$p' "$work/shell/lines")

# README's program as it stands, but that nobody listens where it sends: it says why.
readme cpp 'int main' |
  sed 's|^  Config config;|&\n  config.base_url = "http://127.0.0.1:9";|' >"$work/ten_lines.cc"
eval "options=($(flags static --cflags --libs))"
quietly g++ -std=c++17 "$work/ten_lines.cc" -o "$work/ten_lines" "${options[@]}"
said=$(XDG_STATE_HOME=$work/stores timeout 60 "$work/ten_lines")
[[ $said == "nothing was delivered: 0 rejected, 1 waiting for breaker: Failed to connect"* ]] ||
  { echo "README's program says: $said"; exit 1; }
passed=$((passed + 1))

if [ -f include/embeddables/agent_c.h ]; then
  for kind in static shared; do
    project "find_package without C++, $kind" c "-DCMAKE_PREFIX_PATH=$installed/$kind"
    eval "options=($(flags $kind --cflags --libs))"
    line "pkg-config in C, $kind" gcc -std=c99 -pedantic -Werror -Wall -Wextra \
      "$consumers/consumer.c" "${options[@]}" "-Wl,-rpath,$installed/$kind/lib"
  done
fi

received=$(curl -s "$url/_received" | wc -l)
[ "$received" -eq "$sent" ] || { echo "$sent events were sent, $received received"; exit 1; }
# A plug-in takes the shared library along when it goes.
rounds=20
eval "options=($(flags shared --cflags --libs))"
quietly g++ -std=c++17 -shared -fPIC -fno-gnu-unique -fvisibility=hidden \
  "$work/tests/hosts/unload_plugin.cc" -o "$work/plugin.so" "${options[@]}" \
  "-Wl,-rpath,$installed/shared/lib"
quietly g++ -std=c++17 "$work/tests/hosts/unload_host.cc" -o "$work/unload_host"
quietly timeout 120 "$work/unload_host" "$work/plugin.so" "$work/stores/plug-in.db" "$url" $rounds \
  libembeddables.so
passed=$((passed + 1))
echo "a plug-in with the shared library: loaded and unloaded $rounds times"

# Hosts in other languages, with the installed shared library and header.
hosts=$work/tests/hosts
library=$installed/shared/lib/libembeddables.so
header=$installed/shared/include/embeddables/agent_c.h
host() {  # LANGUAGE PROGRAM [ITS ARGUMENTS]
  local language=$1 events=100 said
  shift
  said=$(timeout 60 "$@" "$work/stores/$language.db" "$url" $events) ||
    { echo "a host in $language: failed"; exit 1; }
  [ "$said" = "delivered $events" ] || { echo "a host in $language: says $said"; exit 1; }
  said=$(curl -s "$url/_received" | grep -cF "$language ä") || true
  [ "$said" -eq $events ] ||
    { echo "a host in $language: $said of $events events were received"; exit 1; }
  passed=$((passed + 1))
  echo "a host in $language with the installed library: ran"
}
quietly gcc -std=c99 -D_POSIX_C_SOURCE=200809L -pedantic -Werror -Wall -Wextra "$hosts/host_c99.c" \
  -o "$work/host_c99" "${options[@]}" "-Wl,-rpath,$installed/shared/lib"
host C99 "$work/host_c99"
host Python python3 "$hosts/host.py" "$library" "$header"
host Lua luajit "$hosts/host.lua" "$library" "$header"
quietly mcs -warnaserror "-out:$work/host.exe" "$hosts/host.cs"
host C# env "LD_LIBRARY_PATH=$installed/shared/lib" mono "$work/host.exe"

echo "[figure] consumers ran=$passed sent=$sent received=$received cmake=$("$cmake" --version |
  sed -n 's/^cmake version //p') seconds=$SECONDS"
