-- Errors in and around coroutines.
local function show(...) print((tostring(select(1, ...))), select(2, ...)) end
local co = coroutine.create(function() error("plain") end)
show(coroutine.resume(co))
show(coroutine.status(co), coroutine.resume(co))
co = coroutine.create(function() error({ code = 7 }) end)
local ok, e = coroutine.resume(co)
print(ok, type(e), e.code)
co = coroutine.create(function() error() end)
print(coroutine.resume(co))
co = coroutine.create(function() error(nil) end)
print(coroutine.resume(co))
local w = coroutine.wrap(function() error("in wrap") end)
print(pcall(w))
print(pcall(w))
w = coroutine.wrap(function() return 1 end)
print(w(), pcall(w))
w = coroutine.wrap(function() coroutine.yield(1) error("second", 0) end)
print(w(), pcall(w))
-- wrap adds position information to string errors only.
w = coroutine.wrap(function() error("no position", 0) end)
print(pcall(function() w() end))
w = coroutine.wrap(function() error(setmetatable({}, { __tostring = function() return "object" end })) end)
print(tostring(select(2, pcall(w))))
-- Resuming oneself, a normal coroutine, a dead one.
co = coroutine.create(function() return coroutine.resume(co) end)
print(coroutine.resume(co))
local a
a = coroutine.create(function() local b = coroutine.create(function() return coroutine.resume(a) end) return coroutine.resume(b) end)
print(coroutine.resume(a))
co = coroutine.wrap(function() return co() end)
print(pcall(co))
-- Runtime errors keep their variable information.
print(coroutine.resume(coroutine.create(function() local t = nil; return t.x end)))
print(coroutine.resume(coroutine.create(function() return 1 + {} end)))
print(coroutine.resume(coroutine.create(function() undefd() end)))
-- An error leaves the others untouched.
local good = coroutine.wrap(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end)
print(good(), pcall(coroutine.wrap(function() error "x" end)), good())
-- xpcall handlers inside coroutines, errors in handlers.
print(coroutine.wrap(function() return xpcall(error, function(m) return "h:" .. m end, "msg", 0) end)())
print(coroutine.wrap(function() return xpcall(function() local x = nil; x() end, function(m) return (m:gsub("^.-:%d+: ", "")) end) end)())
-- Infinite recursion inside a coroutine.
local ok2, m = coroutine.resume(coroutine.create(function() local function r() return 1 + r() end return r() end))
print(ok2, (m:gsub("%(.*", "")))
-- Coroutines that resume ever deeper.
local function deeper(n) return coroutine.wrap(function() return deeper(n + 1) end)() end
local ok3, m3 = pcall(deeper, 1)
print(ok3, type(m3), m3:find("stack overflow") ~= nil or m3:find("too many") ~= nil)
print(coroutine.wrap(function() return "still works" end)())
-- Yield outside of a coroutine.
print(pcall(coroutine.yield))
print(select(2, pcall(load "coroutine.yield()")))
-- A dead coroutine keeps no error state.
local d = coroutine.create(function() end)
coroutine.resume(d)
print(coroutine.resume(d))
print(coroutine.resume(d))
