-- Uses all of the language and most of the libraries, and says what came out; always the same.
local log = {}
local function note(...) log[#log + 1] = table.concat({...}, ',') end
-- tables of all shapes
local t = {}
for i = 1, 40 do t[i] = i; t['k' .. i] = i; t[i + 0.5] = i end
for i = 1, 40, 2 do t['k' .. i] = nil end
local n = 0
for k, v in pairs(t) do n = n + v end
note(#t, n)
-- closures and variables they share
local fs = {}
for i = 1, 10 do
  local x = i
  fs[i] = { function() x = x + 1 return x end, function() return x end }
end
fs[3][1]()
note(fs[3][1](), fs[3][2](), fs[4][2]())
-- strings
local s = ''
for i = 1, 30 do s = s .. i .. ';' end
note(#s, (s:gsub('%d+', function(d) return d + 1 end)):sub(1, 12), s:rep(3):len())
note(string.format('%5d|%-5s|%q', 42, 'ab', 'c\nd'), s:upper():find('30', 1, true))
-- coroutines
local gen = coroutine.wrap(function(a)
  for i = 1, 5 do a = a + coroutine.yield(a, {i}) end
  return 'end', a
end)
local sum = gen(1)
for i = 1, 5 do sum = gen(i) end
note(sum)
-- sorting with a comparator
local list = {}
for i = 1, 30 do list[i] = (i * 7919) % 31 end
table.sort(list, function(a, b) return a > b end)
note(list[1], list[15], list[30])
-- errors
local ok, message = pcall(function() local x = nil; return x.field end)
note(tostring(ok), message)
note(select(2, xpcall(error, function(m) return m .. '!' end, 'handled', 0)))
-- metamethods
local V = {}
V.__index = function(self, key) return key .. '?' end
V.__add = function(a, b) return setmetatable({v = a.v + b.v}, V) end
V.__concat = function(a, b) return (type(a) == 'table' and a.v or a) .. '&' .. (type(b) == 'table' and b.v or b) end
V.__eq = function(a, b) return a.v == b.v end
V.__lt = function(a, b) return a.v < b.v end
V.__le = function(a, b) return a.v <= b.v end
V.__len = function(a) return a.v end
V.__call = function(self, a, b) return self.v + a * b end
V.__newindex = function(self, key, value) rawset(self, key, value .. '*') end
local a, b = setmetatable({v = 3}, V), setmetatable({v = 4}, V)
local c = a + b
c.new = 'x'
note(c.v, c.missing, c.new, 'l' .. a .. 'm' .. b, tostring(a < b), tostring(a <= b), tostring(a == b), #a, a(5, 6))
-- a chunk, and a module if there is one
note(load('local a, b = ... return a * b, #{...}')(6, 7))
local found, module = pcall(require, 'module_of_image')
if found then note(module.join('a', 'b'), module.count()) end
-- goto, varargs, numeric loops
local function pack(...) return select('#', ...), {...} end
note((pack(1, nil, 3, nil)))
for i = 10, 1, -3 do if i == 4 then goto done end note(i) end
::done::
collectgarbage('step', 10)
return table.concat(log, '/')
