-- The math library.
print(math.pi, math.huge, -math.huge, math.maxinteger, math.mininteger)
print(math.floor(3.7), math.floor(-3.7), math.floor(5), math.floor(-0.0), math.floor(1e300) == 1e300, math.floor(2^31 + 0.5), math.type(math.floor(3.0)))
print(math.ceil(3.2), math.ceil(-3.2), math.ceil(5), math.ceil(-0.5), math.ceil(1e300) == 1e300, math.type(math.ceil(3.5)))
print(math.abs(-5), math.abs(5), math.abs(-5.5), math.abs(0), math.abs(-0.0), math.abs(math.mininteger) == math.mininteger, math.abs(-math.huge))
print(math.max(1, 5, 3), math.max(1.5, 2), math.max(-1), math.min(1, 5, 3), math.min(1.5, 2), math.min(2, 2.0), math.max(2, 2.0), math.max(1, math.huge), math.min(-math.huge, 0))
print(math.sqrt(16), math.sqrt(2), math.sqrt(0), math.sqrt(-1) ~= math.sqrt(-1), math.sqrt("4"))
print(math.sin(0), math.cos(0), math.tan(0), math.sin(1), math.cos(1), math.tan(1))
print(math.asin(1), math.acos(1), math.atan(1), math.atan(1, 1), math.atan(-1, -1), math.atan(0, -1), math.atan(1, 0), math.atan(0.0, 1))
print(math.exp(0), math.exp(1), math.log(1), math.log(math.exp(1)), math.log(8, 2), math.log(100, 10), math.log(27, 3), math.log(2), math.log(0), math.log(1024, 4))
print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(-7, -3), math.fmod(5.5, 2), math.fmod(-5.5, 2), math.fmod(1, math.huge), math.fmod(3, 1.5))
print(pcall(math.fmod, 1, 0), math.fmod(1, 0.0) ~= math.fmod(1, 0.0), math.fmod(math.mininteger, -1), math.fmod(5, math.mininteger), math.type(math.fmod(7, 2)), math.type(math.fmod(7, 2.0)))
print(math.modf(3.7), math.modf(-3.7), math.modf(5), math.modf(math.huge), math.modf(-math.huge), math.modf(0.5))
print(math.type(1), math.type(1.0), math.type("1"), math.type(nil), math.type({}), pcall(math.type))
print(math.tointeger(3), math.tointeger(3.0), math.tointeger(3.5), math.tointeger("3"), math.tointeger(2^53), math.tointeger(2^63), math.tointeger(-2^63), math.tointeger({}))
print(math.ult(1, 2), math.ult(-1, 2), math.ult(1, -1), math.ult(0, 0), math.ult(math.maxinteger, math.mininteger), math.ult(2.0, 3))
print(math.deg(math.pi), math.rad(180), math.deg(1), math.rad(90))
print(math.floor("3.7"), math.ceil("3.2"), math.abs("-2"), math.max(3, 4), pcall(math.floor, "x"), pcall(math.floor, {}))
print(pcall(math.max), pcall(math.min), pcall(math.sqrt))
-- random: ranges, determinism under a seed, integer results.
math.randomseed(42)
local a = {}
for i = 1, 10 do a[i] = math.random(1000) end
math.randomseed(42)
local same = true
for i = 1, 10 do same = same and a[i] == math.random(1000) end
print("same sequence", same)
local lo, hi, flo, fhi = math.huge, -math.huge, math.huge, -math.huge
local seen = {}
for i = 1, 20000 do
  local r = math.random(6)
  assert(math.type(r) == "integer" and r >= 1 and r <= 6)
  seen[r] = (seen[r] or 0) + 1
  local s = math.random(-3, 3)
  lo, hi = math.min(lo, s), math.max(hi, s)
  local f = math.random()
  assert(f >= 0 and f < 1 and math.type(f) == "float")
  flo, fhi = math.min(flo, f), math.max(fhi, f)
end
print(lo, hi, flo < 0.01, fhi > 0.99)
for i = 1, 6 do assert(seen[i] > 2500 and seen[i] < 4200) end
print(math.random(5, 5), math.random(1), pcall(math.random, 0), pcall(math.random, 2, 1), pcall(math.random, 1, 2, 3))
for i = 1, 100 do local r = math.random(math.mininteger // 2, math.maxinteger // 4) assert(r >= math.mininteger // 2 and r <= math.maxinteger // 4) end
local big = math.random(0, math.maxinteger)
print(big >= 0, math.type(math.random(3.0)), pcall(math.random, 1.5), pcall(math.random, math.mininteger, math.maxinteger) == false)
math.randomseed(7.0) math.randomseed(-3)
print(math.type(math.random(10)))
print(-7 // 2, -7 % 2, 7 // -2.0, -7 % 2.5, 5 // 0.3)
for _, v in ipairs { 0.5, 1.5, 2.5, -0.5, -1.5, 1e15 + 0.5, -1e15 - 0.5, 2^52 + 0.5, 0.49999999999999994 } do io.write(math.floor(v), "/", math.ceil(v), " ") end print()
-- Values over a range, rounded to be independent of the last bits.
local s = 0
for i = 1, 50 do
  local x = i / 7
  s = s + math.sin(x) + math.cos(x) * math.exp(-x) + math.log(x) + math.sqrt(x) + math.atan(x, i) + x ^ 1.5
end
print(("%.9f"):format(s))
for i = -2, 2 do io.write(("%.6f %.6f %.6f %.6f; "):format(math.sin(i), math.exp(i), math.atan(i), 2 ^ i)) end print()
