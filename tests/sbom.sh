#!/usr/bin/env bash
# The lists of what the build has taken from others are whole, refer to nothing that is not there,
# and have the versions that the compiler and the linker find. Installs what it needs.
#
#   tests/sbom.sh [BUILD_FOLDER]
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. .ci/packages.sh
need $build_packages python3

build=${1:-build/release}
[ -d "$build" ] || cmake --preset release ${CMAKE_ARGS:-} >/dev/null
cmake --build "$build" --target sbom >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What was linked says its version itself; of headers the compiler knows it.
cat >"$work/versions.cc" <<'END'
#include <curl/curl.h>
#include <httplib.h>
#include <openssl/crypto.h>
#include <rapidjson/rapidjson.h>
#include <sqlite3.h>

#include <CLI/Version.hpp>
#include <cstdio>

int main() {
  std::printf("libcurl %s\n", curl_version_info(CURLVERSION_NOW)->version);
  std::printf("sqlite %s\n", sqlite3_libversion());
  std::printf("rapidjson %s\n", RAPIDJSON_VERSION_STRING);
  std::printf("cli11 %s\n", CLI11_VERSION);
  std::printf("cpp-httplib %s\n", CPPHTTPLIB_VERSION);
  std::printf("openssl %s\n", OpenSSL_version(OPENSSL_VERSION_STRING));
}
END
g++ -std=c++17 -O0 "$work/versions.cc" -o "$work/versions" -lcurl -lsqlite3 -lcrypto \
  $(pkg-config --cflags --libs cpp-httplib)
"$work/versions" >"$work/versions.txt"
# The page's plots are not in every build; their own first line has the version.
sed -n 's/^\/\*! .*uPlot (v\([0-9.]*\)) \*\/$/uplot \1/p' "$build/samples/collector/uplot.js" \
  >>"$work/versions.txt"

cat >"$work/check.py" <<'END'
import json, re, sys

spdx_file, cyclone_file, versions_file, own = sys.argv[1:]
versions = dict(line.split() for line in open(versions_file))
names = {"embeddables", "embeddables-tools"} | set(versions)


def want(condition, words):
    if not condition:
        sys.exit(words)


def fields(place, wanted):
    for name in wanted.split():
        want(place.get(name) not in (None, "", []), f"no {name} in {place}")


spdx = json.load(open(spdx_file))
fields(spdx, "spdxVersion dataLicense SPDXID name documentNamespace creationInfo packages relationships")
want(spdx["spdxVersion"] == "SPDX-2.3" and spdx["dataLicense"] == "CC0-1.0", "not SPDX 2.3")
want(spdx["SPDXID"] == "SPDXRef-DOCUMENT", "the document's own id")
want(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", spdx["documentNamespace"]), "no namespace")
fields(spdx["creationInfo"], "created creators")
want(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", spdx["creationInfo"]["created"]), "its time")
want(all(re.match("(Tool|Person|Organization): ", each) for each in spdx["creationInfo"]["creators"]),
     "its creators")
ids = {"SPDXRef-DOCUMENT"}
for package in spdx["packages"]:
    fields(package, "SPDXID name versionInfo downloadLocation licenseConcluded licenseDeclared "
                    "copyrightText")
    want(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", package["SPDXID"]), package["SPDXID"])
    want(package["SPDXID"] not in ids, "twice: " + package["SPDXID"])
    ids.add(package["SPDXID"])
    version = versions.get(package["name"], own)
    want(package["versionInfo"] == version, f"{package['name']} is {version}, not {package['versionInfo']}")
    for reference in package.get("externalRefs", []):
        want(reference["referenceLocator"].endswith("@" + version), str(reference))
want({package["name"] for package in spdx["packages"]} == names, "SPDX: other packages than " + str(names))
for relation in spdx["relationships"]:
    want(relation["spdxElementId"] in ids and relation["relatedSpdxElement"] in ids, str(relation))
    want(relation["relationshipType"] in ("DESCRIBES", "DEPENDS_ON", "STATIC_LINK"), str(relation))
want({each["relatedSpdxElement"] for each in spdx["relationships"]} | {"SPDXRef-DOCUMENT"} == ids,
     "SPDX: something is nobody's")

cyclone = json.load(open(cyclone_file))
fields(cyclone, "bomFormat specVersion serialNumber version metadata components dependencies")
want(cyclone["bomFormat"] == "CycloneDX" and cyclone["specVersion"] == "1.5", "not CycloneDX 1.5")
want(re.fullmatch(r"urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", cyclone["serialNumber"]),
     "its number")
parts = [cyclone["metadata"]["component"]] + cyclone["components"]
for part in parts:
    fields(part, "type bom-ref name version")
    want(part["type"] in ("library", "application"), part["type"])
    version = versions.get(part["name"], own)
    want(part["version"] == version, f"{part['name']} is {version}, not {part['version']}")
    for licence in part.get("licenses", []):
        fields(licence["license"], "id")
want({part["name"] for part in parts} == names, "CycloneDX: other parts than " + str(names))
references = {part["bom-ref"] for part in parts}
want(len(references) == len(parts), "a bom-ref twice")
for each in cyclone["dependencies"]:
    want(set([each["ref"]] + each["dependsOn"]) <= references, str(each))
print("[figure] parts of others in the SBOMs=%d" % len(versions))
END
own=$(sed -n 's/^project(embeddables-agent VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
spdx=$build/sbom/embeddables-agent.spdx.json
cyclone=$build/sbom/embeddables-agent.cdx.json
check() { python3 "$work/check.py" "$1" "$2" "$work/versions.txt" "$own"; }
check "$spdx" "$cyclone"
# Each part is named in THIRD-PARTY.md, too.
cut -d ' ' -f 1 "$work/versions.txt" | while read -r name; do
  grep -qi "^| \[$name\]" THIRD-PARTY.md || { echo "THIRD-PARTY.md lacks $name"; exit 1; }
done

# It must find what is wrong.
wrong() {  # WHAT TO CHANGE BY SED
  sed "$1" "$spdx" >"$work/spdx" && sed "$1" "$cyclone" >"$work/cyclone"
  ! check "$work/spdx" "$cyclone" >/dev/null 2>&1 || { echo "SPDX: not seen: $1"; exit 1; }
  ! check "$spdx" "$work/cyclone" >/dev/null 2>&1 || { echo "CycloneDX: not seen: $1"; exit 1; }
}
wrong 's/"\(SPDX-2.3\|1.5\)"/"2.0"/'
wrong "s/\(@\|\"\)$(sed -n 's/^libcurl //p' "$work/versions.txt")\"/\17.0.0\"/"
wrong 's/"\(SPDXRef-\)\?sqlite"$/"\1other"/; s/"sqlite",* /"other" /'
