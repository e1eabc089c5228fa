-- Metamethods: arithmetic, comparison, __index and __newindex functions, __call, __concat, __len.
local n = tonumber((...)) or 110000

local Vec = {}
Vec.__index = Vec
local function vec(x, y) return setmetatable({ x = x, y = y }, Vec) end
Vec.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
Vec.__sub = function(a, b) return vec(a.x - b.x, a.y - b.y) end
Vec.__mul = function(a, k)
  if type(a) == "number" then a, k = k, a end
  return vec(a.x * k & 0xffff, a.y * k & 0xffff)
end
Vec.__unm = function(a) return vec(-a.x, -a.y) end
Vec.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vec.__lt = function(a, b) return a.x < b.x end
Vec.__le = function(a, b) return a.x <= b.x end
Vec.__len = function(a) return a.x + a.y end
Vec.__call = function(a, k) return a.x * k + a.y end
Vec.__concat = function(a, b)
  return (type(a) == "table" and a.x or a) .. "," .. (type(b) == "table" and b.x or b)
end

local function proxy(target)
  local reads, writes = 0, 0
  return setmetatable({}, {
    __index = function(_, k) reads = reads + 1 return target[k] end,
    __newindex = function(_, k, v) writes = writes + 1 target[k] = v end,
    __len = function() return reads + writes end,
  })
end

local defaults = setmetatable({}, { __index = function(t, k) local v = k * 2 rawset(t, k, v) return v end })
local p = proxy({ a = 1, b = 2 })
local h = 0
for i = 1, n do
  local a, b = vec(i & 255, 3), vec(4, i & 63)
  local c = -(a + b * 2 - 3 * a)
  if a == b then h = h + 1 end
  if a < b or b <= c then h = h + 2 end
  h = (h * 31 + #a + a(7) + c.x) & 0x7fffffff
  h = (h + #(a .. b) + #("s" .. a)) & 0x7fffffff
  p.a = p.b + 1
  p.b = p.a & 1023
  h = (h + defaults[i % 500]) & 0x7fffffff
end
print("metamethods", h, #p, p.a)
