-- Data structures that change while the collector works in small steps.
collectgarbage("setpause", 100)
collectgarbage("setstepmul", 200)
local seed = 12345
local function rand(n) seed = (seed * 1103515245 + 12345) & 0x7fffffff return (seed >> 8) % n end

-- A graph whose edges are rewired, against a shadow of plain numbers.
local nodes, shadow = {}, {}
for i = 1, 200 do nodes[i] = { id = i, edges = {} } shadow[i] = {} end
for step = 1, 20000 do
  local a, b, slot = rand(200) + 1, rand(200) + 1, rand(5) + 1
  local action = rand(10)
  if action < 6 then
    nodes[a].edges[slot] = nodes[b]
    shadow[a][slot] = b
  elseif action < 8 then
    nodes[a].edges[slot] = nil
    shadow[a][slot] = nil
  else
    local fresh = { id = a, edges = nodes[a].edges }
    for i = 1, 200 do
      for s = 1, 5 do if nodes[i].edges[s] == nodes[a] then nodes[i].edges[s] = fresh end end
    end
    nodes[a] = fresh
  end
  if step % 97 == 0 then collectgarbage("step", 1) end
end
local bad = 0
for i = 1, 200 do for s = 1, 5 do local e = nodes[i].edges[s] if (e and e.id) ~= shadow[i][s] or e and nodes[e.id] ~= e then bad = bad + 1 end end end
print("graph", bad)

-- Strings that die and are built again.
local alive, sum = {}, 0
for i = 1, 60000 do
  local s = "str" .. rand(3000)
  if alive[s] then alive[s] = nil else alive[s] = s .. s end
end
for k, v in pairs(alive) do if v ~= k .. k then bad = bad + 1 end end
print("strings", bad)

-- Closures and upvalues, coroutines kept and dropped.
local fs = {}
for i = 1, 20000 do
  local v = i
  fs[rand(100) + 1] = function(d) v = v + d return v end
  local f = fs[rand(100) + 1]
  if f then sum = (sum + f(1)) % 1000003 end
end
print("closures", sum)
local cos, total = {}, 0
for i = 1, 5000 do
  local slot = rand(50) + 1
  local co = cos[slot]
  if not co or rand(10) == 0 then
    local start = { i }
    co = coroutine.wrap(function() local acc = { start[1] } while true do acc = { acc[1] + coroutine.yield(acc[1]) } end end)
    co()
    cos[slot] = co
  end
  total = (total + co(slot)) % 1000003
end
print("coroutines", total)

-- Metatables, weak caches and finalizers all at once.
local finalized, cache = 0, setmetatable({}, { __mode = "v" })
local mt = { __gc = function() finalized = finalized + 1 end, __index = function(_, k) return k end }
for i = 1, 5000 do
  local o = setmetatable({}, mt)
  cache[i % 50] = o
  if o[i] ~= i then bad = bad + 1 end
end
cache = nil
collectgarbage() collectgarbage()
print("finalized", finalized, bad)

-- Tables that rehash during traversal by other code.
local big = {}
for i = 1, 30000 do
  big[rand(4000)] = { i }
  if i % 3 == 0 then big[rand(4000)] = nil end
end
local n = 0
for k, v in pairs(big) do n = n + 1 if type(v[1]) ~= "number" then bad = bad + 1 end end
print("rehash", n, bad)
