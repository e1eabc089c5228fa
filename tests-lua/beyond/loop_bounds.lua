-- Integer loops that come near the ends of the range: the control variable never wraps around.
local low, high = math.mininteger, math.maxinteger
local function run(base, a, b, c)
  local t = {}
  for i = a, b, c do
    t[#t + 1] = ("%d"):format(i - base)
    if #t >= 8 then break end
  end
  print(#t, table.concat(t, " "))
end
run(high, high - 2, high, 1)
run(high, high - 2, math.huge, 1)
run(high, high, high, 1)
run(high, high - 5, high, 3)
run(low, low + 2, low, -1)
run(low, low + 2, -math.huge, -1)
run(low, low, low + 1, 1)
run(low, low + 5, low, -3)
run(low, low, low, high)
run(0, 1, math.huge, high)
run(0, 1, -math.huge, 1)
run(0, -1, -math.huge, low)
local count = 0
for i = low, high, high do count = count + 1 end
for i = high, low, low do count = count + 1 end
print(count)
