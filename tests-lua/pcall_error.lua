-- pcall, xpcall, error, assert: values, levels, handlers, nesting.
print(pcall(function() return 1, 2, nil end))
print(pcall(error, "msg"))
print(pcall(error, "msg", 0), pcall(error, "msg", 1), pcall(error, "msg", 2))
print(pcall(error), pcall(error, nil), pcall(error, false), pcall(error, 42))
local obj = {}
print(select(2, pcall(error, obj)) == obj, select("#", pcall(error)))
local function level(n) error("level " .. n, n) end
local function caller(n) level(n) end
for n = 0, 3 do print(pcall(caller, n)) end
local function a() error "in a" end
local function b() a() end
print(pcall(b))
print(pcall(function() error("x" .. 1, 1) end))
print(pcall(function() error(setmetatable({}, { __tostring = function() return "obj" end })) end) == false)
print(pcall(function() local ok, e = pcall(error, "inner", 0) error("outer of " .. e, 0) end))
print(pcall(pcall), pcall(pcall, error), pcall(pcall, error, "z"))
print(pcall(5), pcall(nil), pcall({}))
print(pcall(string.rep, "x", -1))

-- xpcall: the handler runs at the point of error, with the stack intact.
print(xpcall(function() return "fine", 1 end, print))
print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3))
print(xpcall(error, function(m) return "h(" .. tostring(m) .. ")", "dropped" end, "e", 0))
print(xpcall(error, function(m) return m end, nil))
print(xpcall(function() local x = nil; x.y = 1 end, function(m) return m:upper() end))
print(xpcall(function() error({ n = 1 }) end, function(m) m.n = m.n + 1 return m.n end))
local depth
print(xpcall(function() local function deep(n) if n == 0 then error("bottom", 0) end deep(n - 1) end deep(10) end,
  function(m) depth = select(2, debug.traceback("x"):gsub("\n", "")) return m end), depth > 10)
print(pcall(xpcall), pcall(xpcall, print))
print(xpcall(error, print, "printed by handler"))
-- Errors inside the handler.
print(xpcall(error, function() error("again", 0) end, "e"))
print(xpcall(error, error, "e"))
local tries = 0
print(xpcall(error, function(m) tries = tries + 1 if tries < 4 then error("try " .. tries, 0) end return "gave in to " .. m end, "first", 0))
print(tries)
print(select("#", xpcall(error, function() end, "e")))
-- A handler that is not a function.
print(pcall(xpcall, function() return 1 end, 5))
print(pcall(xpcall, function() return 1 end, nil))
print(pcall(xpcall, error, 5, "x"))
print(pcall(xpcall, error, nil, "x"))
-- The handler of an inner xpcall is the one that is used.
print(xpcall(function() return xpcall(error, function(m) return "inner " .. m end, "e", 0) end, function(m) return "outer " .. m end))
print(xpcall(function() xpcall(error, function(m) return "inner" end, "e", 0) error("second", 0) end, function(m) return "outer " .. m end))
print(xpcall(function() return pcall(error, "p", 0) end, function() return "not called" end))

-- assert
print(assert(1, "unused"), assert("v"), select("#", assert(1, 2, 3)))
print(pcall(assert, false), pcall(assert, nil, "m"), pcall(assert, false, { }) == false, pcall(assert))
print(pcall(assert, false, nil), pcall(assert, nil, 5))
print(select(2, pcall(assert, false, obj)) == obj)
print(pcall(function() assert(false, "no position added") end))
print(pcall(function() assert(nil) end))
-- Errors do not disturb locals, upvalues or loops.
local sum = 0
for i = 1, 10 do
  local ok = pcall(function() if i % 3 == 0 then error "x" end sum = sum + i end)
  if not ok then sum = sum + 100 end
end
print(sum)
-- Many nested pcalls.
local function nest(n) if n == 0 then error("deep", 0) end local ok, e = pcall(nest, n - 1) error(e .. n % 10, 0) end
print(pcall(nest, 100))
-- Non-string errors through several levels.
local function rethrow(n, e) if n == 0 then error(e) end local ok, x = pcall(rethrow, n - 1, e) error(x, 0) end
print(select(2, pcall(rethrow, 20, obj)) == obj)
-- error positions: main chunk, loaded chunk, native caller.
print(select(2, pcall(load("error('here')", "=named"))))
print(select(2, pcall(load("error('here')", "@file.lua"))))
print(select(2, pcall(load("error('here')", "some code"))))
print(select(2, pcall(load("\n\nerror('here')", "first\nsecond"))))
print(select(2, pcall(load("error('level2', 2)", "=named"))))
print(pcall(string.gsub, "x", "x", function() error("in callback", 0) end))
print(pcall(table.sort, { 1, 2, 3 }, function() error("in comparator", 0) end))
print(pcall(function() for _ in function() error("in iterator", 0) end do end end))
print(pcall(load, function() error("in reader", 0) end))
print(pcall(function() return setmetatable({}, { __index = function() error("in index", 0) end }).x end))
