#!/bin/sh
# A kiosk's program: a door that opens and closes. It prints a line of JSON for each event; the last
# one of a day must survive a power cut at once.
#
#   door.sh [EVENTS [DOOR]] >/run/embeddables-events     with the package's units
#   door.sh [EVENTS [DOOR]] | embeddables-agent track --stdin --no-flush
left=${1:-1000000}
door=${2:-3}
n=0
while [ "$left" -gt 0 ]; do
  echo "{\"name\":\"door_opened\",\"props\":{\"door\":$door,\"n\":$n}}"
  left=$((left - 1)) n=$((n + 1))
done
echo "{\"name\":\"day_ended\",\"props\":{\"door\":$door,\"n\":$n},\"critical\":true}"
