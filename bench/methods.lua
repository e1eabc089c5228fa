-- Method calls: classes with inheritance through __index, overridden and inherited methods.
local n = tonumber((...)) or 1000000

local Shape = {}
Shape.__index = Shape
function Shape.new(class, x, y)
  return setmetatable({ x = x, y = y, moves = 0 }, class)
end
function Shape:move(dx, dy)
  self.x = self.x + dx
  self.y = self.y + dy
  self.moves = self.moves + 1
  return self
end
function Shape:area() return 0 end
function Shape:name() return "shape" end
function Shape:weight() return self:area() + self.moves end

local Rect = setmetatable({}, { __index = Shape })
Rect.__index = Rect
function Rect.new(class, x, y, w, h)
  local self = Shape.new(class, x, y)
  self.w, self.h = w, h
  return self
end
function Rect:area() return self.w * self.h end
function Rect:name() return "rect" end

local Square = setmetatable({}, { __index = Rect })
Square.__index = Square
function Square.new(class, x, y, w) return Rect.new(class, x, y, w, w) end
function Square:name() return "square" end

local shapes = {}
for i = 1, 50 do
  shapes[#shapes + 1] = Shape:new(i, i)
  shapes[#shapes + 1] = Rect:new(i, -i, i, 2)
  shapes[#shapes + 1] = Square:new(-i, i, i)
end

local sum, names = 0, 0
for i = 1, n do
  local s = shapes[i % #shapes + 1]
  s:move(1, 2):move(-1, i & 1)
  sum = (sum + s:weight() + s.x) & 0x7fffffff
  names = names + #s:name()
end

local created = 0
for i = 1, n // 8 do
  created = created + Square:new(i, i, 3):area()
end
print("methods", sum, names, created)
