-- __tostring, __name, __pairs, __metatable, getmetatable and setmetatable, metatables of basic types.
local t = setmetatable({}, { __tostring = function(s) return "custom" end })
print(t, tostring(t), string.format("%s|%10s|%-8s|", t, t, t), "" .. tostring(t))
print(pcall(tostring, setmetatable({}, { __tostring = function() return 5 end })))
print(pcall(tostring, setmetatable({}, { __tostring = function() return nil end })))
print(pcall(tostring, setmetatable({}, { __tostring = function() error("ts", 0) end })))
print(pcall(tostring, setmetatable({}, { __tostring = 1 })))
print(pcall(tostring))
print(pcall(print, setmetatable({}, { __tostring = function() return {} end })))
local named = setmetatable({}, { __name = "My.Type" })
print((tostring(named):gsub("0x%x+", "ADDR")))
print((tostring(setmetatable({}, { __name = 5 })):gsub("0x%x+", "ADDR")))
print((tostring({}):gsub("0x%x+", "ADDR")), (tostring(print):gsub("0x%x+", "ADDR"):gsub("builtin: %w+", "function: ADDR")))
print((tostring(coroutine.create(print)):gsub("0x%x+", "ADDR")), (tostring(function() end):gsub("0x%x+", "ADDR")))
print(pcall(string.rep, named))
print(pcall(math.floor, named))
print(pcall(function() return named + 1 end))
print(pcall(function() return #named < named end))
print(pcall(function() return named < named end))
print(pcall(function() return named() end))
print(pcall(function() return named .. "" end))
print(pcall(ipairs), pcall(setmetatable, 1, {}))
print(pcall(string.format, "%d", named))

-- __metatable
local p = setmetatable({}, { __metatable = "locked" })
print(getmetatable(p), pcall(setmetatable, p, {}))
print(getmetatable(setmetatable({}, { __metatable = false })), getmetatable({}), getmetatable(5), getmetatable(nil))
print(pcall(setmetatable, setmetatable({}, { __metatable = false }), nil))
print(getmetatable("").__index == string, getmetatable("").__name)
print(pcall(setmetatable, {}), pcall(setmetatable, {}, 5))
print(pcall(setmetatable, "x", {}), pcall(getmetatable))
local m = {}
local o = {}
print(setmetatable(o, m) == o, getmetatable(o) == m, setmetatable(o, nil) == o, getmetatable(o))

-- __pairs
local ordered = setmetatable({}, { __pairs = function(s)
  local i = 0
  return function(_, k) i = i + 1 if i <= 3 then return i, i * 10 end end, s, nil
end })
for k, v in pairs(ordered) do io.write(k, "=", v, " ") end print()
print(select("#", pairs(setmetatable({}, { __pairs = function() return 1, 2, 3, 4 end }))))
print(pairs(setmetatable({}, { __pairs = function() return 1 end })))
print(pcall(pairs, setmetatable({}, { __pairs = function() error("no pairs", 0) end })))
print(pcall(pairs))
print(pcall(next, {}, "nokey"))
print(next({}), next({ 5 }), next({ 5 }, 1), rawequal(next, next))
local f, s, c = pairs({ 1 })
print(f == next, type(s), c)

-- rawequal, rawget, rawset, rawlen ignore metamethods.
local r = setmetatable({}, { __index = function() return "meta" end, __newindex = error, __eq = function() return true end, __len = function() return 99 end })
print(rawget(r, "x"), r.x, rawset(r, "x", 1) == r, r.x, rawlen(r), #r, rawequal(r, setmetatable({}, getmetatable(r))))
print(pcall(rawget, 1, 2), pcall(rawset, 1, 2, 3), pcall(rawequal, 1))

-- __index on the metatable itself does not provide handlers.
local mm = setmetatable({}, { __index = { __add = function() return "inherited" end } })
print(pcall(function() return setmetatable({}, mm) + 1 end))
-- The same metatable on many objects; a metatable that is its own object.
local own = {}
own.__index = own
own.__call = function(self, x) return x end
setmetatable(own, own)
print(own(5), rawget(own, "missing"))
