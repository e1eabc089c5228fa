-- Mandelbrot: float inner loop, bits packed into bytes.
local n = tonumber((...)) or 600

local h, inside = 0, 0
for y = 0, n - 1 do
  local ci = 2.0 * y / n - 1.0
  local bits, count = 0, 0
  for x = 0, n - 1 do
    local cr = 2.0 * x / n - 1.5
    local zr, zi, escaped = 0.0, 0.0, 0
    for _ = 1, 50 do
      local r2, i2 = zr * zr, zi * zi
      if r2 + i2 > 4.0 then
        escaped = 1
        break
      end
      zr, zi = r2 - i2 + cr, 2.0 * zr * zi + ci
    end
    bits = bits << 1 | 1 - escaped
    inside = inside + 1 - escaped
    count = count + 1
    if count == 8 then
      h = (h * 31 + bits) & 0x7fffffff
      bits, count = 0, 0
    end
  end
end
print("mandelbrot", inside, h)
