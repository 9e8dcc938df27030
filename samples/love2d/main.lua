-- A small game that tracks: each key and each click is an event.
--
-- In a clone of this repository, after `samples/demo.sh`, with LÖVE 11 (`apt-get install love`):
--
--   cmake --preset shared && cmake --build --preset shared --target embeddables
--   build/release/bin/embeddables-collector --port 8080 &
--   EMBEDDABLES_LIBRARY=$PWD/build/shared/libembeddables.so love samples/love2d
--   kill $!     # the collector
--
-- EMBEDDABLES_BASE_URL is where events go, http://127.0.0.1:8080 if it is not set.
-- With EMBEDDABLES_DEBUG=1 each request and answer is shown on standard error.
-- With EMBEDDABLES_EVENTS=100 it tracks so many by itself, one per frame, prints how many were
-- delivered, and ends.

local embeddables = require("embeddables")
local agent, why
local counts = {tracked = 0, refused = 0, delivered = 0}
local last = ""
local wanted = tonumber(os.getenv("EMBEDDABLES_EVENTS") or "")

local debug_wanted = os.getenv("EMBEDDABLES_DEBUG") == "1"

local function track(name, props)
  local ok, refusal = agent:track(name, props)
  if ok then counts.tracked = counts.tracked + 1 else
    counts.refused, last = counts.refused + 1, refusal
  end
end

function love.load()
  love.filesystem.createDirectory(".") -- the store is in the game's own folder
  agent, why = embeddables.start(os.getenv("EMBEDDABLES_LIBRARY") or "libembeddables.so", {
    project_id = "pr_demo", embeddable_id = "flow_demo", api_key = "rk_demo",
    base_url = os.getenv("EMBEDDABLES_BASE_URL") or "http://127.0.0.1:8080",
    store_path = os.getenv("EMBEDDABLES_STORE") or love.filesystem.getSaveDirectory() .. "/events.db",
    log_level = debug_wanted and 0 or 1,
  })
  if not agent then
    io.stderr:write(why, "\n")
    if wanted then love.event.quit(1) end
    return
  end
  agent:identify("email", "a@b.c")
  track("game_started", {width = love.graphics.getWidth(), language = "Lua ä"})
end

function love.update()
  if not agent then return end
  if wanted and counts.tracked < wanted then track("tick", {n = counts.tracked, language = "Lua ä"}) end
  for _, outcome in ipairs(agent:outcomes()) do
    if outcome.kind == "delivered" then
      counts.delivered = counts.delivered + 1
    else
      last = outcome.kind .. ": " .. outcome.message
    end
  end
  if debug_wanted then
    for _, line in ipairs(agent:log()) do io.stderr:write(line, "\n") end
  end
  if wanted and counts.delivered >= wanted then
    print("delivered " .. counts.delivered)
    love.event.quit(0)
  end
end

function love.keypressed(key)
  if not agent then return end
  if key == "escape" then love.event.quit() else track("key_pressed", {key = key}) end
end

function love.mousepressed(x, y) if agent then track("clicked", {x = x, y = y}) end end

function love.draw()
  love.graphics.print(agent and "press keys, click; escape ends" or why, 20, 20)
  love.graphics.print(
    ("tracked %d, delivered %d, refused %d"):format(counts.tracked, counts.delivered, counts.refused), 20, 60)
  love.graphics.printf(last, 20, 100, love.graphics.getWidth() - 40)
end

function love.quit()
  if agent then agent:close(2) end
end
