-- _ENV and globals.
x = 1
print(x, _G.x, _ENV.x, _ENV == _G, _G._G == _G)
local function get() return x end
_G.x = 2
print(get(), rawget(_G, "x"))
do
  local _ENV = { print = print, x = 10 }
  print(x, y)
  y = 20
  print(_ENV.y, get == nil)
end
print(y)
local function sandbox(_ENV) return a, b end
print(sandbox({ a = 1, b = 2 }))
local env = setmetatable({}, { __index = _G, __newindex = function(t, k, v) rawset(t, k, tostring(v) .. "!") end })
local chunk = load("z = 5; x = 6; return z, x, print ~= nil", "c", "t", env)
print(chunk())
print(z, x, env.z)
print(load("return _ENV", "c", "t", env)() == env)
print(load("a = 1; return a", "c", "t", {})())
print(pcall(load("return nosuch.field", "=c", "t", {})))
print(pcall(load("nosuch()", "=c", "t", {})))
local f = load("local function g() return v end; v = 3; return g", "c", "t", {})
print(f()())
print(v)
do
  local _ENV = setmetatable({}, { __index = function(_, k) return "dyn " .. k end })
  _G = nil
  local r = anything
  _ENV = { r = r, print = 1 }
  local p = print
  _ENV = nil
  env = { r, p }
end
print(env[1], env[2])
print(pcall(function() local _ENV = nil return x end))
print(pcall(function() local _ENV = 5 x = 1 end))
print(pcall(function() local _ENV = {} return x.y end))
setmetatable(_G, { __index = function(_, k) return k == "auto" and "made" or nil end, __newindex = function(t, k, v) rawset(t, k, v) rawset(t, k .. "_set", true) end })
print(auto, other)
newglobal = 1
print(newglobal, newglobal_set)
setmetatable(_G, nil)
print(auto)
local function strict()
  local mt = { __index = function(_, k) error("undefined variable " .. k, 2) end }
  setmetatable(_G, mt)
  local r = { pcall(function() return undefd end) }
  setmetatable(_G, nil)
  return table.unpack(r)
end
print(strict())
local names = {}
for _, n in ipairs { "assert", "error", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen",
  "rawset", "select", "setmetatable", "getmetatable", "tonumber", "tostring", "type", "xpcall", "load", "require",
  "collectgarbage", "dofile", "loadfile", "_VERSION" } do
  if _G[n] == nil then names[#names + 1] = n end
end
print(_VERSION, #names, table.concat(names, " "))
local old = print
print = function(...) old("wrapped", ...) end
print(1)
print = old
x, newglobal, newglobal_set = nil, nil, nil
local _ENV = { print = print }
print(tostring == nil)
local function nested()
  local _ENV = { v = "inner" }
  return function() return v end
end
v = "outer"
print(nested()(), v)
