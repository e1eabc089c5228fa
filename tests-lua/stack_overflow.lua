-- Deep recursion ends in an error that can be caught; everything works afterwards.
local function strip(m) return (tostring(m):gsub("^.-:%d+: ", ""):match("^[%w ]*")) end
local depth = 0
local function forever() depth = depth + 1 return 1 + forever() end
local ok, m = pcall(forever)
print(ok, strip(m), depth > 10000)
depth = 0
local function mutual1() depth = depth + 1 local r = mutual2() return r end
function mutual2() local r = mutual1() return r end
ok, m = pcall(mutual1)
print(ok, strip(m), depth > 5000)
local function args(...) return 1 + args(1, ...) end
ok, m = pcall(args)
print(ok, strip(m))
local t = setmetatable({}, {})
getmetatable(t).__index = function(s, k) return s[k + 1] end
ok, m = pcall(function() return t[1] end)
print(ok, type(m), m:find("overflow") ~= nil)
getmetatable(t).__add = function(a, b) return a + b end
ok, m = pcall(function() return t + 1 end)
print(ok, m:find("overflow") ~= nil)
getmetatable(t).__call = function(self, n) local r = self(n + 1) return r end
ok, m = pcall(t, 1)
print(ok, m:find("overflow") ~= nil)
getmetatable(t).__concat = function(a, b) return a .. b end
ok, m = pcall(function() return t .. "x" end)
print(ok, m:find("overflow") ~= nil)
getmetatable(t).__eq = function(a, b) return a == b end
ok, m = pcall(function() return t == setmetatable({}, getmetatable(t)) end)
print(ok, m:find("overflow") ~= nil)
getmetatable(t).__tostring = function(s) return tostring(s) end
ok, m = pcall(tostring, t)
print(ok, m:find("overflow") ~= nil)
ok, m = pcall(function() local function f() return (("x"):gsub("x", f)) end return f() end)
print(ok, m:find("overflow") ~= nil)
ok, m = pcall(function() local function f() table.sort({ 1, 2, 3 }, f) end f() end)
print(ok, m:find("overflow") ~= nil)
ok, m = pcall(function() local function f() local ok, e = pcall(f) if not ok then error(e, 0) end end f() end)
print(ok, m:find("overflow") ~= nil)
ok, m = pcall(function() local function f() return load("local f = ... return 1 + f()")(f) end return f() end)
print(ok, m:find("overflow") ~= nil)
-- The handler of xpcall gets a little room.
print(xpcall(forever, function(e) return "handled " .. strip(e) end))
print(xpcall(forever, function(e) local function d(n) if n == 0 then return "room" end return d(n - 1) end return d(50) end))
-- Infinite tail calls need no stack.
local n = 0
local function tail() n = n + 1 if n < 200000 then return tail() end return "tail done" end
print(tail())
-- Afterwards deep but finite recursion works, also in coroutines.
local function sum(k) if k == 0 then return 0 end return k + sum(k - 1) end
print(sum(15000), coroutine.wrap(function() return sum(15000) end)())
for _ = 1, 3 do
  local good, e = pcall(coroutine.wrap(function() return forever() end))
  io.write(tostring(good), " ", strip(e), "; ")
end
print()
print(select("#", table.unpack({}, 1, 100000)), pcall(table.unpack, {}, 1, 10000000))
print(pcall(string.rep, "x", 1 << 50))
print(#string.rep("ab", 100000))
mutual2 = nil
