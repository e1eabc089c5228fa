-- The standard library tables and _G behave as ordinary tables: reading, changing, listing, metatables.
local manual = {
  string = "byte char dump find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper",
  table = "concat insert move pack remove sort unpack",
  math = "abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi rad random randomseed sin sqrt tan tointeger type ult",
  coroutine = "create isyieldable resume running status wrap yield",
  utf8 = "char charpattern codepoint codes len offset",
  _G = "_G _VERSION assert collectgarbage coroutine dofile error getmetatable ipairs load loadfile math next package pairs pcall print rawequal rawget rawlen rawset require select setmetatable string table tonumber tostring type utf8 xpcall",
}
-- The names of the manual that a traversal finds; an implementation may have more.
local function keys(name)
  local found, r = {}, {}
  for k, v in pairs(_G[name]) do
    assert(not found[k] and v ~= nil and rawget(_G[name], k) == v)
    found[k] = true
  end
  for k in manual[name]:gmatch "%S+" do if found[k] then r[#r + 1] = k end end
  return table.concat(r, " ")
end
for _, lib in ipairs { "string", "table", "math", "coroutine", "utf8", "_G" } do
  assert(next(_G[lib]) ~= nil)
  print(lib, keys(lib) == manual[lib], keys(lib), type(_G[lib]), #_G[lib], getmetatable(_G[lib]))
end

-- Adding, overriding, deleting, restoring.
function string.trim(s) return (s:gsub("^%s+", ""):gsub("%s+$", "")) end
print(("  x  "):trim(), string.trim(" y "))
string.trim = nil
print(string.trim, pcall(function() return ("x"):trim() end))
local upper = string.upper
string.upper = function(s) return "<" .. upper(s) .. ">" end
print(("x"):upper(), string.upper("y"))
string.upper = upper
print(("x"):upper())
local sub = string.sub
string.sub = nil
print(string.sub, rawget(string, "sub"), pcall(function() return ("x"):sub(1) end))
local found = false
for k in pairs(string) do if k == "sub" then found = true end end
print(found)
string.sub = sub
found = false
for k, v in pairs(string) do if k == "sub" then found = v == sub end end
print(found, ("xyz"):sub(2))
math.tau = 2 * math.pi
math.floor, math.floor_old = function(x) return "patched" end, math.floor
print(math.tau == math.pi * 2, math.floor(1.5), math.floor_old(1.5))
math.floor, math.floor_old, math.tau = math.floor_old, nil, nil
print(math.floor(1.5), math.floor_old, math.tau)
rawset(table, "custom", 1)
print(rawget(table, "custom"), table.custom, rawlen(table))
rawset(table, "custom", nil)
print(table.custom)
table[1], table[2] = "a", "b"
print(#table, table[1], table.concat(table, ","), next({ table[2] }))
table[1], table[2] = nil, nil
print(#table)

-- Traversal sees each key once while values change and keys go away.
local seen = {}
for k, v in pairs(math) do seen[k] = (seen[k] or 0) + 1 math[k] = v end
local n, twice = 0, 0
for _, c in pairs(seen) do n = n + 1 if c > 1 then twice = twice + 1 end end
print(n > 20, twice)
local copy = {}
for k, v in pairs(coroutine) do copy[k] = v end
for k in pairs(coroutine) do coroutine[k] = nil end
print(next(coroutine), coroutine.create)
for k, v in pairs(copy) do coroutine[k] = v end
print(keys "coroutine")
for k in pairs(utf8) do if k ~= "char" then utf8[k] = utf8[k] end end
print(keys "utf8")

-- Metatables.
setmetatable(math, { __index = function(_, k) return "no math." .. k end, __newindex = function(t, k, v) rawset(t, k, "set " .. v) end })
print(math.nothing, math.pi > 3, type(math.floor))
math.brandnew = "x"
print(math.brandnew, rawget(math, "nothing"))
setmetatable(math, nil)
math.brandnew = nil
print(math.nothing, getmetatable(math), math.brandnew)
setmetatable(string, { __call = function(_, x) return "called " .. x end, __tostring = function() return "string lib" end, __len = function() return 42 end })
print(string(1), tostring(string), #string)
setmetatable(string, nil)

-- _G: new globals, removed globals, listing.
newglobal = 1
_G["odd name"] = 2
local names = {}
for k in pairs(_G) do names[k] = true end
print(names.newglobal, names["odd name"], names.print, names.string)
newglobal, _G["odd name"] = nil, nil
names = {}
for k in pairs(_G) do names[k] = true end
print(names.newglobal, names["odd name"])
local p, t = print, type
type = nil
p(type, rawget(_G, "type"), _G.type)
local listed = false
for k in pairs(_G) do if k == "type" then listed = true end end
p(listed)
type = t
print(type(type))
local next_key, next_value = next(_G)
print(next_key ~= nil, next_value ~= nil)
-- Many additions to a library table, then removal.
for i = 1, 300 do string["f" .. i] = i end
local sum = 0
for k, v in pairs(string) do if type(v) == "number" then sum = sum + v end end
print(sum, ("").f300, string.f1)
for i = 1, 300 do string["f" .. i] = nil end
print(getmetatable("").__index == string, string.f1)
collectgarbage()
print(keys "string")
-- The same library through require, package.loaded and as a value.
local s = require "string"
s.extra = "e"
print(string.extra, package.loaded.string.extra, ("").extra)
s.extra = nil
local tab = { lib = table, [table] = "key" }
print(tab.lib.concat({ 1, 2 }), tab[table], table == package.loaded.table, table ~= string)
