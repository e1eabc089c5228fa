-- Functions as values: which are equal, what their chunks look like, what is known of those without names.
-- A collection may come between two that would be equal.
collectgarbage("stop")
local a = {}
for i = 1, 5 do a[i] = function(x) return x, a, _ENV end end
print(a[3] == a[4] and a[4] == a[5])
for i = 1, 5 do a[i] = function(x) return i, a, _ENV end end
print(a[3] ~= a[4] and a[4] ~= a[5])
local function maker() return function(x) return math.sin(_ENV[x]) end end
print(maker() == maker())
local counter = function() local n = 0 return function() n = n + 1 return n end end
print(counter() == counter())
collectgarbage("restart")
-- Heads of binary chunks.
local chunk = string.dump(function() local one, three = 1, 3 return one + three * 3 end)
print(chunk:sub(1, 12) == "\27Lua\x53\0\x19\x93\r\n\x1a\n", chunk:byte(13), chunk:byte(15))
print(chunk:byte(14) == #string.pack("T", 0), chunk:byte(16) == #string.pack("j", 0), chunk:byte(17) == #string.pack("n", 0))
print(string.unpack("<j", chunk, 18) == 0x5678, load(chunk)())
for at = 1, 17 + #string.pack("j", 0) do
  local broken = chunk:sub(1, at - 1) .. string.char((chunk:byte(at) + 1) % 256) .. chunk:sub(at + 1)
  if load(broken) then print("accepted", at) end
end
local whole = true
for at = 1, #chunk - 1 do
  local f, message = load(chunk:sub(1, at))
  whole = whole and not f and message:find("truncated") ~= nil
end
print(whole, select(2, load(chunk:sub(1, 3))), select(2, load(chunk:sub(1, 10), "@name")))
print(select(2, load("\27Luac", "=c")), select(2, load("\27Lua\x52", "c")))
-- Without debug information: where a function was defined is known, nothing else.
local bare = load(string.dump(load("local p, q = 1\nlocal function f(x)\n  return p + x end\nreturn f, debug.getinfo(1, 'l').currentline"), true))
local f, line = bare()
local info = debug.getinfo(f, "SlL")
print(line, info.linedefined, info.lastlinedefined, info.short_src, info.source, info.currentline, next(info.activelines))
print(debug.getupvalue(f, 1), pcall(f, {}))
print(pcall(load(string.dump(function() error("plain") end, true))))
print(pcall(load(string.dump(function() string.rep() end, true))))
-- Names where there are more constants than an instruction can name.
local many = {}
for i = 1, 1000 do many[i] = "a = x" .. i end
many = table.concat(many, "; ")
for _, tail in ipairs { "a = bbb + 1", "local t = {}; a = t.bbb + 1", "local t = {}; t:bbb()", "bbb()" } do
  print((select(2, pcall(load(many .. "; " .. tail, "=m")))))
  print((select(2, pcall(load("local _ENV = _ENV; " .. many .. "; " .. tail, "=m")))))
end
-- Where a thread may yield.
print(coroutine.wrap(function()
  local inside
  string.gsub("a", ".", function() inside = coroutine.isyieldable() end)
  return coroutine.isyieldable(), select(2, pcall(coroutine.isyieldable)), inside
end)())
print(coroutine.wrap(function() return pcall(table.sort, { 1, 2, 3 }, coroutine.yield) end)())
-- What a temporary referred to is collected, though its register was not written again.
local finished = false
local kept = setmetatable({}, { __gc = function() finished = true end })
kept = nil
local rounds = 0
repeat
  local unused
  kept = function() return unused end
  rounds = rounds + 1
until finished or rounds > 1e6
print(finished)
