-- for, while and repeat: bounds, steps, overflow, float loops, scoping, generic for.
local function run(a, b, c)
  local t = {}
  for i = a, b, c do
    t[#t + 1] = tostring(i)
    if #t >= 8 then break end
  end
  return table.concat(t, " ")
end
print(run(1, 3, 1), run(3, 1, 1), run(3, 1, -1), run(1, 1, 1), run(1, 0, -1), run(1, 10, 3), run(10, 1, -4))
print(run(1.0, 3, 1), run(1, 3.5, 1), run(1, 3, 1.0), run(1, 3, 0.5), run(0.1, 0.5, 0.1), run(3, 1, -0.5))
print(run(1, 3.9, 1), run(-1, -3.9, -1), run(1, 2.5, 1), run(5, 2.5, -1))
print(run(1, math.huge, 1), run(1, -math.huge, 1), run(1, -math.huge, -1), run(-1, -math.huge, -1), run(math.huge, 1, 1))
-- At the ends of the range the control variable wraps around.
print(run(math.maxinteger - 2, math.maxinteger, 1))
print(run(math.maxinteger - 2, math.huge, 1))
print(run(math.mininteger + 2, math.mininteger, -1))
print(run(math.mininteger, math.mininteger + 1, 1), run(math.maxinteger, math.maxinteger, 1))
print(run(math.maxinteger - 5, math.maxinteger, 3), run(math.mininteger + 5, math.mininteger, -3))
print(run(math.mininteger, math.maxinteger, math.maxinteger), run(math.maxinteger, math.mininteger, math.mininteger))
print(run(1, 9.3e18, 4611686018427387904), run(1, -9.3e18, 1), run(-1, -9.3e18, -4611686018427387904))
print(run(1, 2^53, 2^51), run(1, 0/0, 1), run(0/0, 1, 1), run(0, 1e300, 2.5e299))
print(pcall(run, 1, 10, 0))
print(pcall(run, 1, 10, 0.0))
print(pcall(function() for i = 1, {} do end end))
print(pcall(function() for i = nil, 1 do end end))
print(pcall(function() for i = 1, 2, {} do end end))
for i = 1, 3 do local j = i i = i * 2 io.write(j, ":", i, " ") end print()
local outer = "kept"
for outer = 1, 1 do io.write(outer, " ") end print(outer)
local calls = 0
local function limit() calls = calls + 1 return 3 end
for i = limit() - 2, limit(), limit() - 2 do end
print("bounds evaluated", calls)
print(run(-3, -1, 1), run(-1, -3, -1), run(0, 0, 5), run(0, 0, -5), run(-0.0, 0, 1))

-- while and repeat
local i, s = 0, ""
while i < 5 do i = i + 1 if i == 2 then goto c end if i == 4 then break end s = s .. i ::c:: end
print(s, i)
repeat local z = i i = i - 1 until z <= 2
print(i)
while false do print "never" end
repeat until true
local n = 0
while true do n = n + 1 if n > 100 then break end end
print(n)
local x = nil
while not x do x = 1 end
while nil do end
print(x)

-- generic for
local function range(a, b)
  return function(state, v)
    v = v + 1
    if v <= state.limit then return v, v * v end
  end, { limit = b }, a - 1
end
for v, q in range(1, 4) do io.write(v, "^2=", q, " ") end print()
for v, q, more in range(3, 3) do print(v, q, more) end
for k, v in next, { 10, 20, 30 } do io.write(k, "=", v, " ") end print()
for k, v in pairs({}) do print "never" end
for w in ("one two three"):gmatch "%a+" do io.write(w, ";") end print()
for a, b, c, d, e in (function(_, v) if v < 3 then return v + 1, "b", "c", "d", "e", "f" end end), nil, 0 do io.write(a, b, c, d, e, " ") end print()
local callable = setmetatable({ n = 0 }, { __call = function(self, st, v) self.n = self.n + 1 if self.n <= 3 then return self.n, st end end })
for k, st in callable, "state" do io.write(k, st, " ") end print()
for k in coroutine.wrap(function() for q = 1, 3 do coroutine.yield(q) end end) do io.write(k, " ") end print()
print(pcall(function() for k in nil do end end))
print(pcall(function() for k in 5 do end end))
print(pcall(function() for k in {} do end end))
print(pcall(function() for k, v in pairs(nil) do end end))
print(pcall(function() for k, v in ipairs() do end end))
print(pcall(function() for k, v in next do end end))
for k, v in ipairs { 1, 2, nil, 4 } do io.write(k, " ") end print()
local t = setmetatable({}, { __index = function(_, k) if k <= 3 then return k * 10 end end })
for k, v in ipairs(t) do io.write(k, "=", v, " ") end print()
-- The control variable may be assigned; the iterator sees the original.
for k, v in ipairs { "a", "b" } do k = k + 100 io.write(k, v, " ") end print()
-- false is a value, nil ends.
local vals = { false, 1, nil }
local at = 0
for v in function() at = at + 1 return vals[at] end do io.write(tostring(v), " ") end print()
for a = 1, 2 do for b = 1, 2 do for c = 1, 2 do io.write(a, b, c, " ") end end end print()
for a = 1, 3 do for b = a, 1, -1 do if b == 2 then break end io.write(a, "-", b, " ") end end print()
