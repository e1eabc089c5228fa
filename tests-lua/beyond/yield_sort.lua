-- Yields inside the comparator of table.sort, inside __lt, and errors after a yield.
local function finish(f)
  local co, yields = coroutine.create(f), 0
  while true do
    local r = table.pack(coroutine.resume(co))
    if coroutine.status(co) == "dead" then return yields > 0, table.unpack(r, 1, r.n) end
    yields = yields + 1
  end
end
print(finish(function()
  local t = { 5, 3, 9, 1, 7, 2, 8 }
  table.sort(t, function(a, b) coroutine.yield() return a < b end)
  return table.concat(t, ",")
end))
print(finish(function()
  local mt = { __lt = function(a, b) coroutine.yield() return a.v < b.v end }
  local t = {}
  for i, v in ipairs { 4, 2, 3, 1 } do t[i] = setmetatable({ v = v }, mt) end
  table.sort(t)
  return t[1].v, t[2].v, t[3].v, t[4].v
end))
print(finish(function()
  return pcall(table.sort, { 3, 1, 2 }, function() coroutine.yield() error("comparator", 0) end)
end))
-- Two sorts at once, resumed in turn.
local function sorter(list) return coroutine.wrap(function() table.sort(list, function(a, b) coroutine.yield(true) return a > b end) return false end) end
local x, y = { 1, 2, 3, 4, 5, 6, 7, 8 }, { 30, 10, 20 }
local a, b = sorter(x), sorter(y)
local more_a, more_b = true, true
while more_a or more_b do
  if more_a then more_a = a() end
  if more_b then more_b = b() end
end
print(table.concat(x, ","), table.concat(y, ","))
