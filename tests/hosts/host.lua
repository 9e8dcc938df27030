-- A host in LuaJIT, whose FFI reads the header as it stands: tracks, pulls outcomes, ends. It has no
-- callback, for LuaJIT ends the process when a foreign thread calls in.
--
--   luajit host.lua LIBRARY HEADER STORE URL COUNT
--
-- Exit code 0: each event was delivered, and the ledger says so.

local ffi = require("ffi")
local library, header, store, url, wanted = unpack(arg)
wanted = tonumber(wanted)

-- The declarations without comments, preprocessor lines and the makers with bodies.
local text = assert(io.open(header)):read("*a")
local room = text:match("#define EMB_DROP_REASON_ROOM (%d+)")
text = text:gsub("/%*.-%*/", ""):gsub('extern "C" {', ""):gsub("static inline.-\n}\n", "")
text = text:gsub("\\\n", " "):gsub("\n#[^\n]*", ""):gsub("^#[^\n]*", ""):gsub("EMB_API ", "")
text = text:gsub("EMB_DROP_REASON_ROOM", room):gsub("}%s*$", "")
ffi.cdef(text)
ffi.cdef("int poll(void*, unsigned long, int);")
local emb = ffi.load(library)

local status = ffi.new("emb_status")
status.struct_size = ffi.sizeof(status)
local function check(code)
  if code ~= ffi.C.EMB_STATUS_OK then
    io.stderr:write(ffi.string(emb.emb_status_message(status)), "\n")
    os.exit(1)
  end
end

local config = ffi.new("emb_config")
check(emb.emb_config_init(config, ffi.sizeof(config), 1))
config.project_id = "pr_demo"
config.embeddable_id = "flow_demo"
config.api_key = "rk_demo"
config.store_path = store
config.base_url = url
local out = ffi.new("emb_agent*[1]")
check(emb.emb_start(config, out, status))
local agent = out[0]
check(emb.emb_identify(agent, "email", "a@b.c", status))

local props = ffi.new("emb_prop[2]")
local language = "Lua ä"
for n = 0, wanted - 1 do
  for i = 0, 1 do props[i].struct_size = ffi.sizeof("emb_prop") end
  props[0].type, props[0].key, props[0].key_size = ffi.C.EMB_TYPE_INT, "n", 1
  props[0].int_value = n
  props[1].type, props[1].key, props[1].key_size = ffi.C.EMB_TYPE_STRING, "language", 8
  props[1].text, props[1].text_size = language, #language
  check(emb.emb_track(agent, "tick", props, 2, nil, status))
end

local outcomes = ffi.new("emb_outcome[8]")
outcomes[0].struct_size = ffi.sizeof("emb_outcome")
local count = ffi.new("uint64_t[1]")
local delivered = 0
while delivered < wanted do
  check(emb.emb_poll_outcomes(agent, outcomes, 8, count, status))
  for i = 0, tonumber(count[0]) - 1 do
    if outcomes[i].kind == ffi.C.EMB_OUTCOME_KIND_DELIVERED then delivered = delivered + 1 end
  end
  ffi.C.poll(nil, 0, 2)
end

check(emb.emb_shutdown(agent, 20000, nil, status))
local stats = ffi.new("emb_stats")
stats.struct_size = ffi.sizeof(stats)
check(emb.emb_get_stats(agent, stats, status))
if stats.ledger.delivered ~= wanted or emb.emb_ledger_balanced(stats.ledger) ~= 1 then os.exit(3) end
emb.emb_destroy(agent)
print("delivered " .. delivered)
