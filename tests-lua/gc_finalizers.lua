-- __gc: order, resurrection, errors, tables marked before and after, finalizers at close.
local function gc() collectgarbage() collectgarbage() end
local log = {}
local function obj(name, mt) return setmetatable({ name = name }, mt or { __gc = function(o) log[#log + 1] = o.name end }) end
do local a, b, c = obj "a", obj "b", obj "c" end
gc()
print(table.concat(log, " "))
log = {}
for i = 1, 5 do obj("o" .. i) end
gc()
print(table.concat(log, " "))
-- A __gc field that is added after setmetatable does not count; a placeholder does.
log = {}
local late = {}
do
  local x = setmetatable({ name = "late" }, late)
  late.__gc = function(o) log[#log + 1] = o.name end
  local y = { __gc = true }
  local z = setmetatable({ name = "placeholder" }, y)
  y.__gc = function(o) log[#log + 1] = o.name end
end
gc()
print(table.concat(log, " "))
-- Values that are not functions are ignored.
do local x = setmetatable({}, { __gc = 5 }) local y = setmetatable({}, { __gc = {} }) end
gc()
-- Resurrection: the object is usable, and collected without a second call unless marked again.
log = {}
local saved
do local r = obj("r", { __gc = function(o) log[#log + 1] = "gc " .. o.name saved = o end }) end
gc()
print(saved and saved.name, table.concat(log, " "))
saved = nil
gc()
print(table.concat(log, " "))
local mt
local times = 0
mt = { __gc = function(o) times = times + 1 if times < 3 then saved = setmetatable(o, mt) end end }
do local o = setmetatable({}, mt) end
for _ = 1, 5 do saved = nil gc() end
print(times)
-- The object and what it refers to are intact in the finalizer.
log = {}
do local inner = { v = "inner" } local o = setmetatable({ ref = inner, 1, 2, 3 }, { __gc = function(s) log[#log + 1] = s.ref.v .. #s .. tostring(getmetatable(s) ~= nil) end }) end
gc()
print(log[1])
-- Objects that refer to each other: all are finalized, in reverse order of marking.
log = {}
do
  local a, b = obj "first", obj "second"
  a.other, b.other = b, a
end
gc()
print(table.concat(log, " "))
-- Weak references to finalized objects: values go before the finalizer, keys after it.
local wv, wk = setmetatable({}, { __mode = "v" }), setmetatable({}, { __mode = "k" })
do
  local o = setmetatable({}, { __gc = function(s) log = { wv[1] == nil, wk[s] } end })
  wv[1] = o wk[o] = "still there"
end
gc()
print(log[1], log[2], next(wv), next(wk))
-- A finalizer may allocate, call, create objects with finalizers, collect and use pcall.
log = {}
do
  local o = setmetatable({}, { __gc = function()
    for i = 1, 100 do local t = { i } end
    local ok = pcall(error, "x")
    obj "made in finalizer"
    log[#log + 1] = "outer " .. tostring(ok)
    log[#log + 1] = coroutine.wrap(function() return coroutine.yield and "co" end)()
  end })
end
gc() gc()
print(table.concat(log, ", "))
-- Closed over variables.
local counter = 0
for i = 1, 1000 do setmetatable({}, { __gc = function() counter = counter + i end }) end
gc()
print(counter)
-- Many objects, some kept.
log = {}
local kept = {}
local shared = { __gc = function(o) log[#log + 1] = o.id end }
for i = 1, 200 do local o = setmetatable({ id = i }, shared) if i % 2 == 0 then kept[#kept + 1] = o end end
gc()
print(#log, #kept)
kept = nil
gc()
print(#log)
-- Removing the metatable cancels nothing but the call.
log = {}
do local o = obj "stripped" setmetatable(o, nil) end
gc()
print(#log)
do local o = obj "replaced" setmetatable(o, { __gc = function() log[#log + 1] = "new handler" end }) end
gc()
print(table.concat(log, " "))
-- Incremental steps run finalizers as well.
local done = false
do local o = setmetatable({}, { __gc = function() done = true end }) end
local n = 0
repeat local t = {} n = n + 1 collectgarbage("step", 10) until done or n > 10000
print(done)
-- Objects still alive at the end are finalized when the state closes, last marked first.
closing1 = setmetatable({}, { __gc = function() print "closed first marked" end })
closing2 = setmetatable({}, { __gc = function() print "closed last marked" end })
