-- The agent for LÖVE and every other host with LuaJIT, over include/embeddables/agent_c.h.
--
--   local agent = require("embeddables").start("libembeddables.so", {project_id = "pr_...", ...})
--   agent:identify("email", "a@b.c")
--   agent:track("level_complete", {level = 3, difficulty = "hard"})
--   for _, outcome in ipairs(agent:outcomes()) do print(outcome.kind, outcome.event_name) end
--   agent:close(2)
--
-- agent.h is the manual of what the calls do. Nothing here is a callback: LuaJIT ends the process
-- when a foreign thread calls in. track never waits; close waits up to so many seconds for events
-- to be sent, and what is not sent by then is there at the next start.

local ffi = require("ffi")

ffi.cdef([[
typedef struct { uint32_t struct_size; int32_t code; char message[240]; } emb_status;
typedef struct {
  uint32_t struct_size; int32_t type, group, reserved; const char* key; uint64_t key_size;
  int64_t int_value; uint64_t uint_value; double double_value; const char* text; uint64_t text_size;
} emb_prop;
typedef struct {
  uint32_t struct_size; int32_t kind, reason, http_status; uint64_t count; int32_t own, reserved;
  char event_id[40], event_name[104], message[256];
} emb_outcome;
typedef struct { uint32_t struct_size; int32_t level; char text[256]; } emb_log_line;
typedef struct { const char* at; uint64_t size; } emb_text;
typedef struct {
  uint32_t struct_size, abi_version;
  emb_text project_id, embeddable_id, api_key, base_url;
  const void* extra_headers; uint64_t extra_headers_count;
  emb_text proxy, ca_file, ca_pem, pinned_public_key;
  int32_t http_version, allow_plain_http; int64_t connect_timeout_ms, request_timeout_ms;
  int32_t monitor_network, memory_fallback, store_only, crash_safe_intake;
  emb_text store_path, memory_folder;
  const void* common_props; uint64_t common_props_count;
  emb_text event_id_key; uint64_t max_event_bytes;
  int64_t max_events, max_store_bytes, min_free_bytes, max_dead_letters;
  int64_t max_age_hours, unidentified_max_age_hours, unknown_user_max_age_hours;
  uint64_t max_volatile_events, intake_bytes;
  int64_t persist_interval_ms, immediate_timeout_ms, flush_interval_ms, backoff_initial_ms;
  int64_t backoff_max_ms, max_retry_after_ms, credentials_retry_ms, unknown_user_retry_ms;
  uint32_t batch_events, max_in_flight; int32_t durability, consent_policy;
  void *on_outcome, *on_outcome_user_data, *on_log, *on_log_user_data;
  int32_t log_level, delivered_outcomes; uint64_t outcome_capacity, thread_stack_bytes;
  int32_t pump, reserved;
  void *on_thread_start, *on_thread_stop, *on_thread_user_data, *transport, *clock;
} emb_config;
int32_t emb_config_init(emb_config*, uint32_t struct_size, uint32_t abi_version);
int32_t emb_start(const emb_config*, void** agent, emb_status*);
int32_t emb_track(void*, const char* name, const emb_prop*, uint64_t count, const void*, emb_status*);
int32_t emb_identify(void*, const char* key, const char* text, emb_status*);
int32_t emb_reset(void*, emb_status*);
int32_t emb_poll_outcomes(void*, emb_outcome*, uint64_t capacity, uint64_t* count, emb_status*);
int32_t emb_poll_log(void*, emb_log_line*, uint64_t capacity, uint64_t* count, emb_status*);
const char* emb_outcome_kind_name(int32_t kind);
const char* emb_status_message(const emb_status*);
int32_t emb_shutdown(void*, int64_t timeout_ms, void*, emb_status*);
void emb_destroy(void*);
]])

local BOOL, INT, DOUBLE, STRING = 1, 2, 4, 5
local MOST_PROPS, MOST_OUTCOMES = 64, 32

local Agent = {}
Agent.__index = Agent

-- Of a call: true, or nil and what is wrong and what to do next.
local function result(self, code)
  if code == 0 then return true end
  return nil, ffi.string(self.emb.emb_status_message(self.status))
end

local function start(library, settings)
  local self = setmetatable({emb = ffi.load(library), status = ffi.new("emb_status")}, Agent)
  self.status.struct_size = ffi.sizeof("emb_status")
  self.props = ffi.new("emb_prop[?]", MOST_PROPS)
  self.found = ffi.new("emb_outcome[?]", MOST_OUTCOMES)
  self.count = ffi.new("uint64_t[1]")
  local config = ffi.new("emb_config")
  assert(self.emb.emb_config_init(config, ffi.sizeof(config), 1) == 0, "another emb_config")
  for name, value in pairs(settings) do
    if type(value) == "string" then config[name].at = value else config[name] = value end
  end
  local out = ffi.new("void*[1]")
  local ok, why = result(self, self.emb.emb_start(config, out, self.status))
  if not ok then return nil, why end
  self.agent = out[0]
  return self
end

local function fill(prop, key, value)
  prop.struct_size, prop.group, prop.reserved = ffi.sizeof("emb_prop"), 0, 0
  prop.key, prop.key_size = key, #key
  if type(value) == "boolean" then
    prop.type, prop.int_value = BOOL, value and 1 or 0
  elseif type(value) == "string" then
    prop.type, prop.text, prop.text_size = STRING, value, #value
  elseif value == math.floor(value) and math.abs(value) < 2 ^ 53 then
    prop.type, prop.int_value = INT, value
  else
    prop.type, prop.double_value = DOUBLE, value
  end
end

function Agent:track(name, props)
  local count = 0
  for key, value in pairs(props or {}) do
    if count == MOST_PROPS then return nil, "an event has at most 64 props" end
    fill(self.props[count], key, value)
    count = count + 1
  end
  return result(self, self.emb.emb_track(self.agent, name, self.props, count, nil, self.status))
end

function Agent:identify(key, value)
  return result(self, self.emb.emb_identify(self.agent, key, value, self.status))
end

function Agent:reset() return result(self, self.emb.emb_reset(self.agent, self.status)) end

-- What became of events since the last call, oldest first.
function Agent:outcomes()
  local list = {}
  self.found[0].struct_size = ffi.sizeof("emb_outcome")
  self.emb.emb_poll_outcomes(self.agent, self.found, MOST_OUTCOMES, self.count, self.status)
  for i = 0, tonumber(self.count[0]) - 1 do
    local each = self.found[i]
    list[#list + 1] = {
      kind = ffi.string(self.emb.emb_outcome_kind_name(each.kind)),
      event_name = ffi.string(each.event_name), message = ffi.string(each.message),
      count = tonumber(each.count),
    }
  end
  return list
end

-- What the agent has said since the last call, at log_level or above; 0 is everything.
function Agent:log()
  local lines, found = {}, ffi.new("emb_log_line[?]", MOST_OUTCOMES)
  found[0].struct_size = ffi.sizeof("emb_log_line")
  self.emb.emb_poll_log(self.agent, found, MOST_OUTCOMES, self.count, self.status)
  for i = 0, tonumber(self.count[0]) - 1 do lines[#lines + 1] = ffi.string(found[i].text) end
  return lines
end

function Agent:close(seconds)
  if self.agent == nil then return true end
  local ok, why = result(self, self.emb.emb_shutdown(self.agent, seconds * 1000, nil, self.status))
  self.emb.emb_destroy(self.agent)
  self.agent = nil
  return ok, why
end

return {start = start}
