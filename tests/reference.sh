#!/usr/bin/env bash
# The API reference is made from the public headers without a warning, and has their words.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/packages.sh
need doxygen
mkdir -p build
rm -rf build/reference
doxygen samples/pages/Doxyfile
says() { grep -rqF "$2" "build/reference/html/$1" || { echo "$1 does not say: $2"; exit 1; }; }
says classembeddables_1_1Agent.html "Accepts one event, never blocks."
says structembeddables_1_1Config.html "a longer Retry-After is cut to this"
says agent__c_8h.html "These block only with EMB_DURABILITY_IMMEDIATE"
echo "the API reference: $(find build/reference -name '*.html' | wc -l) pages"
