-- debug.traceback: layout, levels, messages, function names, tail calls, coroutines.
print(debug.traceback("message"):match "^[^\n]*\n[^\n]*\n[^\n]*")
print(debug.traceback("level 1", 1) == debug.traceback("level 1"))
print(debug.traceback(nil) ~= nil, debug.traceback({}) ~= nil, type(debug.traceback({})), debug.traceback(12):match "^[^\n]*")
local co = coroutine.create(function()
  local function named(x)
    local y = coroutine.yield(x)
    error("in named " .. y)
  end
  named(1)
end)
print(debug.traceback(co))
coroutine.resume(co)
print(debug.traceback(co))
print(debug.traceback(co, "with message"))
print(debug.traceback(co, "level 1", 1))
print(debug.traceback(co, nil, 0))
print(coroutine.resume(co, "go"))
print(debug.traceback(co, "after the error"))
local done = coroutine.create(function() end)
coroutine.resume(done)
print(debug.traceback(done, "dead"))

local function frames(f)
  local c = coroutine.create(f)
  local ok, m = coroutine.resume(c)
  print(debug.traceback(c, m))
end
local t = {}
function t.field() error("f", 0) end
function t:method() self.field() end
function glob() t:method() end
frames(function() glob() end)
frames(function() local up = function() glob() end up() end)
frames(function() return glob() end)
frames(function() local x = nil; x() end)
frames(function() t.sub.x() end)
frames(function() pcall(glob) error("e", 0) end)
frames(function() string.rep() end)
frames(function() local s = "x" return s:rep({}) end)
frames(function() table.sort({ 2, 1 }, function() error("cmp", 0) end) end)
frames(function() string.gsub("x", "x", function() error("rep", 0) end) end)
frames(function() for _ in function() error("iter", 0) end do end end)
frames(function() return setmetatable({}, { __index = function() error("idx", 0) end }).x end)
frames(function() return setmetatable({}, { __add = function() error("add", 0) end }) + 1 end)
frames(load("local function f() error('loaded') end f()", "=chunk"))
frames(function() local function rec(n) if n == 0 then error("deep", 0) end rec(n - 1) end rec(30) end)
frames(function() local function tail(n) if n == 0 then error("tail", 0) end return tail(n - 1) end tail(3) end)
frames(error)
glob = nil
-- In an xpcall handler the frames of the error are still there.
local _, tb = xpcall(function() local function culprit() local x = nil; return x.y end culprit() end, debug.traceback)
for line in tb:gmatch "[^\n]+" do
  if line:find "xpcall" then break end
  print(line)
end
print(select(2, xpcall(function() error({}) end, function(m) return type(debug.traceback(m)) end)))
