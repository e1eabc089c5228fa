-- Equality and order of numbers (integers against floats), strings and other types.
print(1 == 1.0, 1 ~= 1.0, 1 == "1", "1" == "1", nil == false, {} == {}, print == print)
print(1 < 2, 1 <= 1, 2 > 1, 2 >= 3, 1 < 1.5, 1.5 < 2, 1 <= 1.0, 1.0 >= 1)
local max, min = math.maxinteger, math.mininteger
print(max < max + 0.0, max <= max + 0.0, max == max + 0.0, max + 0.0 > max, min == min + 0.0, min <= min + 0.0)
print(max < math.huge, min > -math.huge, max - 1 < 2^63, min < -2^63, min <= -2^63)
print(2^53 == 2^53 + 1, (1 << 53) + 1 == 2^53 + 1, (1 << 53) + 1 > 2^53, (1 << 53) + 1 <= 2^53)
print(9007199254740993 < 9007199254740992.0, 9007199254740993 == 9007199254740992.0)
print(1 < 0/0, 1 > 0/0, 1 == 0/0, max < 0/0, 0/0 <= min)
print(-0.0 == 0, -0.0 < 0, 0 <= -0.0)
print("a" < "b", "a" < "B", "" < "a", "a" < "aa", "Z" < "a", "10" < "9", "a" <= "a", "b" >= "a")
print("a\0b" < "a\0c", "a\0" > "a", "a\0b" == "a\0b", "\0" < "\1", "\127" < "z")
local a, b = "ab", "a"
print(a == b .. "b", a ~= b .. "b", (a .. b):sub(1, 2) == a)
print(("x"):rep(100) == ("x"):rep(100), ("x"):rep(100) == ("x"):rep(99) .. "y", ("x"):rep(100) < ("x"):rep(101))
for _, p in ipairs {
  { 1, "1" }, { "a", 1 }, { {}, {} }, { nil, 1 }, { true, false }, { print, print }, { {}, 1 }, { nil, nil },
  { "x", nil }, { 1.5, {} }, { coroutine.create(print), 1 },
} do
  print(pcall(function(x, y) return x < y end, p[1], p[2]))
  print(pcall(function(x, y) return x <= y end, p[1], p[2]))
end
print(pcall(function() return 1 < "2" end))
print(pcall(function() return {} >= 1 end))
print(pcall(function() return nil > 1 end))

-- The same comparisons through every form: jumps, values, negations, constants on either side.
local function forms(x, y)
  local r = {}
  r[#r + 1] = x == y and "eq" or "ne"
  r[#r + 1] = x < y and "lt" or "nlt"
  r[#r + 1] = x <= y and "le" or "nle"
  r[#r + 1] = not (x > y) and "ngt" or "gt"
  r[#r + 1] = not (x >= y) and "nge" or "ge"
  r[#r + 1] = tostring(x == y) .. tostring(x ~= y) .. tostring(x < y) .. tostring(x <= y)
  if x == y then r[#r + 1] = 1 else r[#r + 1] = 2 end
  if x ~= y then r[#r + 1] = 1 else r[#r + 1] = 2 end
  if x < y then r[#r + 1] = 1 else r[#r + 1] = 2 end
  if not (x < y) then r[#r + 1] = 1 else r[#r + 1] = 2 end
  local n = 0
  while x < y and n < 3 do n = n + 1 end
  repeat n = n + 1 until x <= y or n > 5
  r[#r + 1] = n
  return table.concat(r, " ")
end
for _, p in ipairs { { 1, 2 }, { 2, 1 }, { 1, 1 }, { 1, 1.0 }, { 1.5, 1 }, { -1, 0.5 }, { "a", "b" }, { "b", "a" }, { "", "" }, { 0/0, 1 } } do
  print(forms(p[1], p[2]))
end
local function constants(x)
  local r = {}
  local function add(v) r[#r + 1] = v and "T" or "F" end
  add(x == 5) add(5 == x) add(x ~= 5) add(x < 5) add(5 < x) add(x <= 5) add(5 <= x) add(x > 5) add(5 > x)
  add(x >= 5) add(5 >= x) add(x == 5.0) add(x == 5.5) add(x < 5.5) add(x <= -5) add(x > -5) add(-5 < x)
  add(x == 1000) add(x < 1000) add(1000 < x) add(x <= 1000000) add(x == -1) add(x == 128) add(x < 128) add(x < -128) add(x > -129)
  add(not (x == 5)) add(not (x < 5)) add(not (5 >= x)) add(x == 0) add(x == nil) add(x == true) add(x ~= nil)
  if x == 5 then add(true) end
  if 5 < x then add(true) else add(false) end
  if not (x > 5) then add(true) end
  return table.concat(r)
end
for _, x in ipairs { 5, 4, 6, 5.0, 5.5, -5, 0, 128, 127, -128, -129, 1000, 1000000, 1e300, -1e300, 0/0, math.huge } do
  print(x ~= x and "nan" or x, constants(x))
end
local function strings(x)
  return x == "abc", "abc" == x, x ~= "abc", x == nil, nil == x, x == false, x == true, not x, x == ("long"):rep(20), x == "longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglong"
end
print(strings "abc")
print(strings(("long"):rep(20)))
print(strings(nil))
print(strings(false))
print(strings(true))
print(strings({}))
