#!/usr/bin/env bash
# The vcpkg port and the Conan recipe, as far as can be judged without vcpkg and Conan, which cannot
# be had on a Debian build machine: their form, their names, and that the port's script and the
# recipe's functions run with stand-ins for what the tools provide. Conan's test_package is built
# and run against the installed library. Installs what it needs.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages python3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^project(embeddables-agent VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)

# --- vcpkg: the manifest by the keys and patterns of its schema, the port's script by CMake.
cat >"$work/manifest.py" <<'END'
import json, re, sys

manifest = json.load(open(sys.argv[1]))
name = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def want(condition, words):
    if not condition:
        sys.exit("vcpkg.json: " + words)


def dependencies(place):
    for each in place.get("dependencies", []):
        each = {"name": each} if isinstance(each, str) else each
        want(set(each) <= {"name", "host", "features", "default-features", "platform", "version>="},
             f"unknown key in {each}")
        want(name.fullmatch(each["name"]), f"not a name: {each}")
        yield each["name"]


want(set(manifest) <= {"$comment", "name", "version-semver", "description", "homepage", "license",
                       "supports", "dependencies", "default-features", "features"}, "unknown keys")
want(name.fullmatch(manifest["name"]) and manifest["name"] == "embeddables-agent", "its name")
want(manifest["version-semver"] == sys.argv[2], "its version is not the project's")
want(manifest["license"] is None, "no licence is chosen")
needed = list(dependencies(manifest))
want(needed == sorted(needed, key=lambda each: (each.startswith("vcpkg-"), each)), "not in order")
want({"vcpkg-cmake", "vcpkg-cmake-config"} <= set(needed), "lacks its helpers")
for key, feature in manifest["features"].items():
    want(name.fullmatch(key) and feature["description"], f"feature {key}")
    want(set(feature) <= {"description", "dependencies", "supports"}, f"unknown key in {key}")
    list(dependencies(feature))
want(set(manifest["default-features"]) <= set(manifest["features"]), "an unknown default feature")
print(" ".join(sorted(manifest["features"])))
END
port=platform/packages/vcpkg/embeddables-agent
manifest() { python3 "$work/manifest.py" "$1" "$version"; }
features=$(manifest $port/vcpkg.json)

# The stand-ins say what they were asked for.
cat >"$work/port.cmake" <<'END'
cmake_policy(VERSION 3.18)
foreach(name cmake_install cmake_config_fixup fixup_pkgconfig copy_tools install_copyright
    cmake_configure)
  function(vcpkg_${name})
    message(STATUS "${CMAKE_CURRENT_FUNCTION} ${ARGN}")
    if(CMAKE_CURRENT_FUNCTION STREQUAL vcpkg_install_copyright AND NOT EXISTS ${ARGV1})
      message(FATAL_ERROR "there is no ${ARGV1}")
    endif()
  endfunction()
endforeach()
function(vcpkg_find_acquire_program name)
  set(${name} /usr/bin/pkg-config PARENT_SCOPE)
endfunction()
function(vcpkg_check_features)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" OUT_FEATURE_OPTIONS FEATURES)
  set(options "")
  while(arg_FEATURES)
    list(POP_FRONT arg_FEATURES feature variable)
    message(STATUS "feature ${feature}")
    set(value OFF)
    if(feature IN_LIST FEATURES)
      set(value ON)
    endif()
    list(APPEND options -D${variable}=${value})
  endwhile()
  set(${arg_OUT_FEATURE_OPTIONS} "${options}" PARENT_SCOPE)
endfunction()
set(PORT embeddables-agent)
include(${PORT_FOLDER}/portfile.cmake)
END
portfile() {  # FOLDER FEATURES
  cmake "-DPORT_FOLDER=$PWD/$1" "-DFEATURES=$2" "-DCURRENT_PACKAGES_DIR=$work/packages" \
    -P "$work/port.cmake" 2>&1
}
said=$(portfile $port "core;curl;tools") || { echo "$said"; exit 1; }
[ "$(sed -n 's/^-- feature //p' <<<"$said" | sort | xargs)" = "$features" ] ||
  { echo "the port and its manifest have other features"; exit 1; }
grep -q 'vcpkg_copy_tools TOOL_NAMES;embeddables-agent' <<<"$said"
said=$(portfile $port "core") || { echo "$said"; exit 1; }
! grep -q vcpkg_copy_tools <<<"$said" || { echo "the port has tools without that feature"; exit 1; }
[ -f "$work/packages/share/embeddables-agent/usage" ]
# Each option that it sets is one of ours.
own_options() {
  { grep -oE 'EMBEDDABLES_[A-Z_]+' "$@" || true; } | sort -u | while read -r option; do
    grep -qrw -- "$option" CMakeLists.txt platform/packages/*.cmake ||
      { echo "$*: there is no option $option"; exit 1; }
  done
}
own_options -h $port/portfile.cmake

# --- Conan: every function of the recipe, with stand-ins for Conan's own modules.
cat >"$work/recipe.py" <<'END'
import os, sys, types


class Anything:
    """Takes every call and every attribute, and remembers nothing."""

    def __init__(self, *args, **kwargs):
        self.cache_variables = {}

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


class Options(dict):
    __getattr__ = dict.__getitem__


class Invalid(Exception):
    pass


class ConanFile:
    pass


def module(name, **content):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(content)


copied = []
nothing = lambda *args, **kwargs: None
module("conan", ConanFile=ConanFile)
module("conan.errors", ConanInvalidConfiguration=Invalid)
module("conan.tools")
module("conan.tools.build", check_min_cppstd=nothing, can_run=nothing,
       stdcpp_library=lambda recipe: "stdc++")
module("conan.tools.cmake", CMake=Anything, CMakeDeps=Anything, CMakeToolchain=Anything,
       cmake_layout=nothing)
module("conan.tools.files", copy=lambda file, pattern, source, to: copied.append(pattern),
       load=lambda file, path: open(path).read(), rmdir=nothing)
module("conan.tools.gnu", PkgConfigDeps=Anything)

path, version, folder = sys.argv[1:]
scope = {"__name__": "recipe"}
exec(compile(open(path).read(), path, "exec"), scope)
recipe_class = next(each for each in scope.values() if isinstance(each, type) and
                    issubclass(each, ConanFile) and each is not ConanFile)
assert not hasattr(recipe_class, "license"), "no licence is chosen"
assert set(recipe_class.default_options) == set(recipe_class.options)
for key, value in recipe_class.default_options.items():
    assert value in recipe_class.options[key], key


class CppInfo(Anything):
    def __init__(self):
        self.components = {}


class Components(dict):
    def __missing__(self, key):
        self[key] = Anything()
        return self[key]


for with_curl in (True, False):
    for with_tools in (True, False):
        recipe = recipe_class()
        recipe.recipe_folder = folder
        recipe.export_sources_folder = recipe.source_folder = recipe.package_folder = "/nowhere"
        recipe.options = Options(recipe_class.default_options, with_curl=with_curl,
                                 with_tools=with_tools)
        recipe.settings = types.SimpleNamespace(os="Linux")
        recipe.ref = "embeddables-agent"
        required, tools = {}, []
        recipe.requires = lambda what, **traits: required.update({what.split("/")[0]: traits})
        recipe.tool_requires = tools.append
        include = types.SimpleNamespace(cpp_info=types.SimpleNamespace(includedirs=["include"]))
        recipe.dependencies = {"rapidjson": include}
        recipe.cpp_info = CppInfo()
        recipe.cpp_info.components = Components()
        recipe.set_version()
        assert recipe.version == version, recipe.version
        for step in ("export_sources", "layout", "requirements", "build_requirements", "generate",
                     "build", "package", "package_info"):
            getattr(recipe, step)()
        try:
            recipe.validate()
            assert with_curl or not with_tools, "the tools need curl"
        except Invalid:
            assert with_tools and not with_curl
        visible = {each for each, traits in required.items() if traits.get("visible", True)}
        linked = {each.split("::")[0] for each in recipe.cpp_info.components["agent"].requires}
        assert visible == linked, (visible, linked)
        system = recipe.cpp_info.components["agent"].system_libs
        assert "stdc++" in system, "a program in C could not link the static library"
for pattern in copied:
    first = pattern.split("/")[0].rstrip("*")
    assert os.path.exists(first), "there is no " + pattern
END
recipe=platform/packages/conan/conanfile.py
python3 -m py_compile $recipe platform/packages/conan/test_package/conanfile.py
rm -rf platform/packages/conan/__pycache__ platform/packages/conan/test_package/__pycache__
functions() { python3 -B "$work/recipe.py" "$1" "$version" platform/packages/conan; }
functions $recipe
own_options -h $recipe

# Its test, with the library as it is installed.
build=build/debian
[ -f $build/libembeddables.a ] || tests/packages.sh
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; echo "failed: $*"; exit 1; }; }
quietly cmake --install $build --component embeddables_dev --prefix "$work/installed"
quietly cmake -G Ninja -S platform/packages/conan/test_package -B "$work/test" \
  -DCMAKE_BUILD_TYPE=Release "-DCMAKE_PREFIX_PATH=$work/installed"
quietly cmake --build "$work/test"
(cd "$work" && test/test_package)

# It must find what is wrong.
sed 's/"supports"/"suports"/' $port/vcpkg.json >"$work/vcpkg.json"
! manifest "$work/vcpkg.json" >/dev/null 2>&1 || { echo "an unknown key is not seen"; exit 1; }
sed 's/agent.requires.append("libcurl::libcurl")/pass/' $recipe >"$work/recipe_canary.py"
! functions "$work/recipe_canary.py" 2>"$work/said" || { echo "any recipe is taken"; exit 1; }
grep -q "libcurl" "$work/said"
echo 'EMBEDDABLES_NO_SUCH_OPTION' >"$work/options"
! (own_options -h "$work/options") >/dev/null || { echo "any option is taken"; exit 1; }
echo 'the vcpkg port and the Conan recipe are in order, as far as was judged'
