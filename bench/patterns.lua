-- Patterns: find, match, gmatch, gsub with string, table and function replacements.
local n = tonumber((...)) or 15000

local lines = {}
for i = 1, 40 do
  lines[i] = ("2024-%02d-%02d host%d app[%d]: user=u%d path=/a/b%d?x=%d&y=%d status=%d %s")
    :format(i % 12 + 1, i % 28 + 1, i, i * 37, i, i, i * 3, i * 5, 200 + i % 5, ("lorem ipsum "):rep(i % 4))
end

local vars = { user = "USER", path = "PATH" }
local total = 0
local function add(v) total = (total * 31 + v) & 0x7fffffff end

for round = 1, n do
  local line = lines[round % #lines + 1]
  local y, m, d = line:match("^(%d+)-(%d+)-(%d+)")
  add(tonumber(y) + tonumber(m) * tonumber(d))
  for k, v in line:gmatch("(%w+)=([^%s&]+)") do add(#k * #v) end
  local s, count = line:gsub("%a+", function(w) return #w > 4 and w:upper() or nil end)
  add(#s + count)
  s, count = line:gsub("(%w+)=", vars)
  add(#s + count)
  s, count = line:gsub("%s+", " ")
  add(#s + count)
  s, count = line:gsub("(%d)(%d)", "%2%1")
  add(s:byte(3) + count)
  add(line:find("status=", 1, true))
  add((line:find("%[(%d+)%]")))
  add(select(2, line:find("b%d+%?.-status")))
  add(#(line:match("%b[]")))
  add(line:find("%f[%a]lorem") or 0)
  for w in line:gmatch("[^%s]+") do add(#w) end
  add(select(2, line:gsub("[aeiou]", "")))
end
print("patterns", total)
