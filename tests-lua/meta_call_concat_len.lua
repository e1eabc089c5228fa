-- __call, __concat, __len.
local function show(...)
  local r = {}
  for i = 1, select("#", ...) do local v = select(i, ...) r[i] = type(v) == "table" and (v.name or "table") or tostring(v) end
  return table.concat(r, ",")
end
local c = setmetatable({ name = "c" }, { __call = function(self, ...) return show(self, ...) end })
print(c(), c(1), c(1, nil, 3), (c(1, 2)), c "str", c { name = "arg" })
print(pcall(c, 1), select("#", c()), #{ c(), c() })
local t = { f = c, nested = { c } }
print(t.f(1), t:f(2), t.nested[1](3))
local multi = setmetatable({}, { __call = function(_, n) return table.unpack({ "a", "b", "c" }, 1, n) end })
print(multi(0), multi(1), multi(3))
print((multi(3)), multi(2), multi(3))
print(pcall(string.gsub, "abc", "b", c), pcall(coroutine.wrap, c))
print(xpcall(c, print, "x"))
local function tailcall(n) if n > 0 then return c(n) end return c() end
print(tailcall(1), tailcall(0))
local function tailmulti(n) return multi(n) end
print(tailmulti(3))
for k in setmetatable({ n = 0 }, { __call = function(s) s.n = s.n + 1 if s.n < 4 then return s.n end end }) do io.write(k, " ") end print()
print(pcall(setmetatable({}, { __call = 5 })))
print(pcall(setmetatable({}, {})))
print(pcall(function() local v = setmetatable({}, { __call = {} }) v() end))
local self_call = {}
setmetatable(self_call, { __call = function(_, n) if n == 0 then return "done" end return self_call(n - 1) end })
print(self_call(500))
-- As metamethods and iterators.
local idx = setmetatable({}, { __index = function(_, k) return c(k) end })
print(idx.x, idx[1])
print(table.concat({ 3, 1, 2 }, ","))

-- __concat
local mt = {}
mt.__concat = function(a, b) return "[" .. (type(a) == "table" and a.name or a) .. "|" .. (type(b) == "table" and b.name or b) .. "]" end
local x, y = setmetatable({ name = "x" }, mt), setmetatable({ name = "y" }, mt)
print(x .. y, x .. "s", "s" .. x, x .. 1, 1 .. x, 1.5 .. x)
print("a" .. "b" .. x, x .. "a" .. "b", "a" .. x .. "b", "a" .. "b" .. x .. "c" .. "d", x .. y .. "z", 1 .. 2 .. x .. 3 .. 4)
print(("a" .. x) .. "b", "a" .. (x .. "b"), (x .. x) .. (x .. x))
mt.__concat = function(a, b)
  if type(a) == "table" and type(b) == "table" then return setmetatable({ name = a.name .. b.name }, mt) end
  return type(a) == "table" and setmetatable({ name = a.name .. b }, mt) or setmetatable({ name = a .. b.name }, mt)
end
print(("1" .. x .. "2" .. y .. 3 .. x).name)
local only = setmetatable({}, { __concat = function() return nil, 1 end })
print(only .. "a", select("#", only .. "a"))
print(pcall(function() return x .. nil end))
print(pcall(function() return {} .. "x" end))
print(pcall(function() return setmetatable({}, {}) .. "x" end))
print(pcall(function() return "x" .. setmetatable({}, { __concat = function() error("cc", 0) end }) end))
print((select(2, pcall(function() return nil .. x end))))

-- __len
local l = setmetatable({ 1, 2, 3 }, { __len = function(s, ...) return rawlen(s) * 10, "dropped" end })
print(#l, rawlen(l), #l + 1, select("#", #l))
print(#setmetatable({}, { __len = function() return "str" end }), #setmetatable({}, { __len = function() return nil end }))
print(#setmetatable({ 1, 2 }, {}), pcall(function() return #setmetatable({}, { __len = function() error("len", 0) end }) end))
print(pcall(function() return #setmetatable({}, { __len = 5 }) end))
print(rawlen({ 1, 2 }), rawlen("abc"), pcall(rawlen, 5))
print(pcall(rawlen))
local vt = setmetatable({}, { __len = function() return 3 end, __index = function(_, k) return k * 10 end })
print(table.unpack(vt), table.concat(vt, ","))
print(pcall(table.insert, setmetatable({}, { __len = function() return "x" end }), 1))
for i = 1, #vt do io.write(vt[i], " ") end print()
