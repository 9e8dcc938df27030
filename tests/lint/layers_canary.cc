// tests/layers.sh must refuse each of these headers: this file is taken for one of a lower room.
#include <curl/curl.h>
#include <rapidjson/rapidjson.h>
#include <sqlite3.h>

#include "agent/api/agent_impl.h"
#include "agent/send/transport.h"
