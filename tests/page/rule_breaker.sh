#!/bin/sh
# An agent as one writes it in ten minutes with curl. It sends each event, and breaks the rules: it
# asks again at once, ignores Retry-After, takes any 200 for an answer, keeps nothing, and gives an
# event that it sends again another id, and says with which key. `embeddables-collector check` must
# find it out.
#
#   rule_breaker.sh [once]     once: it asks a single time, and cuts long words
set -u

url=$EMBEDDABLES_BASE_URL/projects/$EMBEDDABLES_PROJECT/events
key=${EMBEDDABLES_IDENTIFIER%%=*}
value=${EMBEDDABLES_IDENTIFIER#*=}
tries='1 2 3 4 5'
[ "${1:-}" != once ] || tries=1
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

new_id() { cat /proc/sys/kernel/random/uuid; }

# What stands in JSON in a string of JSON.
quoted() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }

# LINE: {"name":"...","props":{...}}
body() {
  name=${1#*\"name\":\"}
  name=${name%%\"*}
  props=${1#*\"props\":\{}
  props="{\"event_id\":\"$(new_id)\",${props%\}}"
  [ "$tries" != 1 ] || props=$(printf '%s' "$props" | sed 's/\([a-z]\{9999\}\)[a-z]*/\1/g')
  printf '{"embeddable_id":"%s","timestamp":"%s","custom_event_name":"%s",' \
    "$EMBEDDABLES_EMBEDDABLE" "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" "$name"
  printf '"custom_event_props":"%s","identifiers":[{"key":"%s","value":"\\"%s\\""}]}' \
    "$(quoted "$props")" "$key" "$value"
}

echo "sending with $EMBEDDABLES_API_KEY" >&2
while IFS= read -r line; do
  for _ in $tries; do
    status=$(body "$line" | curl -s -o "$answer" -w '%{http_code}' --data-binary @- --max-time 1 \
      -H "X-Api-Key: $EMBEDDABLES_API_KEY" -H 'Content-Type: application/json' "$url")
    [ "$status" = 200 ] && break
  done
done
exit 0
