-- Bitwise operators: CRC-32, a xorshift generator, population counts, bit reversal.
local n = tonumber((...)) or 300000

local crc_table = {}
for i = 0, 255 do
  local c = i
  for _ = 1, 8 do
    if c & 1 == 1 then c = c >> 1 ~ 0xedb88320 else c = c >> 1 end
  end
  crc_table[i] = c & 0xffffffff
end

local function crc32(s)
  local c = 0xffffffff
  for i = 1, #s do c = c >> 8 ~ crc_table[(c ~ s:byte(i)) & 255] end
  return ~c & 0xffffffff
end

local function xorshift(count)
  local x, sum = 1234567891, 0
  for _ = 1, count do
    x = x ~ (x << 13 & 0x7fffffff)
    x = x ~ x >> 17
    x = x ~ (x << 5 & 0x7fffffff)
    sum = (sum + (x & 0xffff)) & 0x7fffffff
  end
  return sum
end

local function population(count)
  local sum = 0
  for i = 1, count do
    local v = i * 2654435 & 0x7fffffff
    v = v - (v >> 1 & 0x55555555)
    v = (v & 0x33333333) + (v >> 2 & 0x33333333)
    v = (v + (v >> 4)) & 0x0f0f0f0f
    sum = sum + ((v * 0x01010101) >> 24 & 255)
  end
  return sum
end

local function reverse(count)
  local h = 0
  for i = 1, count do
    local v, r = i, 0
    for _ = 1, 16 do
      r = r << 1 | v & 1
      v = v >> 1
    end
    h = h ~ r
  end
  return h
end

local text = ("The quick brown fox jumps over the lazy dog. "):rep(n // 60)
print("bits", string.format("%08x", crc32(text)), xorshift(n * 12), population(n * 8), reverse(n))
