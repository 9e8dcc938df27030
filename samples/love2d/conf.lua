function love.conf(t)
  t.identity = "embeddables_love2d" -- the folder of saved files, where the store is
  t.modules.audio, t.modules.sound = false, false -- it starts without a sound card, too
  t.window.title = "Embeddables"
  t.window.width, t.window.height = 480, 240
end
