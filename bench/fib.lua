-- Calls: naive Fibonacci and the Ackermann function.
local n = tonumber((...)) or 33

local function fib(i)
  if i < 2 then return i end
  return fib(i - 1) + fib(i - 2)
end

local function ack(m, i)
  if m == 0 then return i + 1 end
  if i == 0 then return ack(m - 1, 1) end
  return ack(m - 1, ack(m, i - 1))
end

local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

print("fib", fib(n), ack(2, n * 2), tak(n // 2, n // 3, n // 6))
