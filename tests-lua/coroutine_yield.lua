-- Yields across pcall, xpcall, metamethods, iterators, and the error paths in between.
local y = coroutine.yield
local function drive(f, ...)
  local co = coroutine.create(f)
  local out = { coroutine.resume(co, ...) }
  local line = {}
  local n = 0
  while true do
    local t = {}
    for i = 1, #out do t[i] = tostring(out[i]) end
    line[#line + 1] = table.concat(t, ",")
    if coroutine.status(co) == "dead" then break end
    n = n + 1
    out = { coroutine.resume(co, n) }
  end
  print(table.concat(line, " | "))
end

drive(function() return pcall(function() return y("in pcall") end) end)
drive(function() return pcall(function() y "a" error "after yield" end) end)
drive(function() return pcall(function() y "a" error { } end) == false, y "b" end)
drive(function() return pcall(pcall, function() y "a" error("e", 0) end) end)
drive(function() return pcall(y, "direct", 2) end)
drive(function() local ok, e = pcall(function() y(1) local x = nil; return x.f end) y(2) return ok, e end)
drive(function() return xpcall(function(...) y(...) error("xe", 0) end, function(m) return "handled " .. m end, "arg") end)
drive(function() return xpcall(function(...) return y(...) end, print, "a", "b") end)
drive(function()
  for i = 1, 3 do
    local ok, v = pcall(function() if i == 2 then error("skip", 0) end return y(i) end)
    y(tostring(ok) .. tostring(v))
  end
end)
drive(function()
  local function nest(n) if n == 0 then y "bottom" error("up", 0) end local ok, e = pcall(nest, n - 1) y(n .. e) error(e .. n, 0) end
  return pcall(nest, 3)
end)

local mt = {}
for _, op in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr", "concat" } do
  mt["__" .. op] = function(a, b) return op .. y(op) end
end
mt.__unm = function() return "unm" .. y "unm" end
mt.__bnot = function() return "bnot" .. y "bnot" end
mt.__len = function() return y "len" end
mt.__eq = function() return y "eq" end
mt.__lt = function() return y "lt" end
mt.__le = function() return y "le" end
mt.__index = function(_, k) return k .. y("index " .. k) end
mt.__newindex = function(t, k, v) rawset(t, k, v .. y("newindex " .. k)) end
mt.__call = function(_, ...) return y("call", ...) end
local a, b = setmetatable({}, mt), setmetatable({}, mt)
drive(function() return a + b, 1 - a, a * 2, a / 1.5, 3 % a, a ^ 2, a // b end)
drive(function() return a & b, 1 | a, a ~ 3, a << 1, 1 >> a end)
drive(function() return -a, ~a, #a, #a + 1 end)
drive(function() return a .. b, "x" .. a, a .. "y", "p" .. "q" .. a .. "r" .. "s" end)
drive(function() return a == b, a ~= b, a < b, a > b, a <= b, a >= b end)
drive(function() if a == b then y "then" else y "else" end if not (a < b) then y "then2" else y "else2" end end)
drive(function() local n = 0 while a < b do n = n + 1 if n == 3 then break end end return n end)
drive(function() return a.field, a["key"], a[1] end)
drive(function() a.new = "v" return rawget(a, "new") end)
drive(function() a.new = nil return a(1, 2), a("z") end)
drive(function() local t = { a.x, a.y, [a.z] = a.w } return t[1], t[2], t["z3"] end)
drive(function() return a:method(5) end)
drive(function() return (a + b) .. (a - b) end)
drive(function() local x = a x = x + 1 return x end)
local le = setmetatable({}, { __lt = function() return y "lt for le" end })
drive(function() return le <= le, le >= le, not (le <= le) end)
local g = setmetatable({}, { __index = function(_, k) return y("global " .. k) end, __newindex = function(_, k, v) y("set " .. k .. tostring(v)) end })
drive(load("x = z; return v, w", "=c", "t", g))
drive(function() return pcall(function() local r = a + b error(r, 0) end) end)
drive(function() for i = 1, 2 do local s = "" s = s .. a .. i y(s) end end)

-- Iterators of the generic for.
drive(function() for k, v in function(_, c) return y("it", c) and (c or 0) < 3 and (c or 0) + 1 or nil end do y(k) end return "done" end)
drive(function() for k in setmetatable({}, { __call = function(_, s, c) y "callable" c = (c or 0) + 1 if c < 3 then return c end end }) do y(k) end end)
drive(function() for k, v in pairs { 10, 20 } do y(k, v) end end)
drive(function() for w in ("a b c"):gmatch "%a" do y(w) end end)

-- Nested coroutines: a yield goes to the nearest resume.
drive(function()
  local inner = coroutine.wrap(function() y "inner 1" y "inner 2" end)
  y("outer " .. inner())
  y("outer " .. inner())
  return "end"
end)
drive(function()
  local inner = coroutine.create(function() y(1) error "inner error" end)
  coroutine.resume(inner)
  local ok, e = coroutine.resume(inner)
  return ok, e, coroutine.status(inner)
end)
drive(function() local w = coroutine.wrap(function() error("through wrap", 0) end) return pcall(w) end)
drive(function() local w = coroutine.wrap(function() error { "tbl" } end) return type(select(2, pcall(w))) end)
drive(function() error("dead with error", 0) end)
drive(function() local t = setmetatable({}, { __index = function() error("idx", 0) end }) y(1) return t.x end)
-- Upvalues stay shared across yields.
local shared = 0
local w1 = coroutine.wrap(function() for i = 1, 3 do shared = shared + 1 y(shared) end end)
local w2 = coroutine.wrap(function() for i = 1, 3 do shared = shared * 10 y(shared) end end)
print(w1(), w2(), w1(), w2(), shared)
drive(function(...) local n = select("#", ...) y(n, ...) local t = { ... } y(#t) return ... end, "p", "q")
