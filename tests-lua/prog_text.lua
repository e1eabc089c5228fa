-- Text processing: CSV, word wrap, templates, Markdown subset, Roman numerals, run lengths, base64, INI.
local function csv(line)
  local fields, at = {}, 1
  while true do
    if line:sub(at, at) == '"' then
      local s = ""
      local from = at + 1
      while true do
        local q = line:find('"', from, true)
        s = s .. line:sub(from, q - 1)
        if line:sub(q + 1, q + 1) == '"' then s = s .. '"' from = q + 2 else at = q + 1 break end
      end
      fields[#fields + 1] = s
    else
      local e = line:find(",", at, true) or #line + 1
      fields[#fields + 1] = line:sub(at, e - 1)
      at = e
    end
    if at > #line then break end
    at = at + 1
  end
  return fields
end
for _, l in ipairs { 'a,b,c', '1,"two, with comma","say ""hi"""', ',,', '"only"', 'x,"",y' } do print(#csv(l), table.concat(csv(l), "|")) end

local text = [[Lua is a powerful, efficient, lightweight, embeddable scripting language. It supports procedural programming,
object-oriented programming, functional programming, data-driven programming, and data description.]]
local function wrap(s, width)
  local lines, line = {}, ""
  for w in s:gmatch "%S+" do
    if #line + #w + 1 > width and #line > 0 then lines[#lines + 1] = line line = w else line = #line > 0 and line .. " " .. w or w end
  end
  lines[#lines + 1] = line
  return lines
end
for _, l in ipairs(wrap(text, 36)) do print(("%-36s|"):format(l)) end
local counts, order = {}, {}
for w in text:lower():gmatch "%a+" do if not counts[w] then order[#order + 1] = w end counts[w] = (counts[w] or 0) + 1 end
table.sort(order, function(a, b) if counts[a] ~= counts[b] then return counts[a] > counts[b] end return a < b end)
for i = 1, 5 do io.write(order[i], "=", counts[order[i]], " ") end print()

local function render(tpl, env)
  local code = { "local out = {}\n" }
  local at = 1
  for before, kind, body, after in tpl:gmatch "(.-)<%%(=?)%s*(.-)%s*%%>()" do
    code[#code + 1] = ("out[#out + 1] = %q\n"):format(before)
    code[#code + 1] = kind == "=" and ("out[#out + 1] = tostring(%s)\n"):format(body) or body .. "\n"
    at = after
  end
  code[#code + 1] = ("out[#out + 1] = %q\nreturn table.concat(out)"):format(tpl:sub(at))
  return assert(load(table.concat(code), "=template", "t", setmetatable(env, { __index = _G })))()
end
print(render([[<ul><% for i, v in ipairs(items) do %>
  <li class="<%= i % 2 == 0 and "even" or "odd" %>"><%= v:upper() %></li><% end %>
</ul> total <%= #items %>]], { items = { "one", "two", "three" } }))

local function markdown(s)
  s = s:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;")
  local out, list = {}, false
  for line in (s .. "\n"):gmatch "(.-)\n" do
    line = line:gsub("%*%*(.-)%*%*", "<b>%1</b>"):gsub("_(.-)_", "<i>%1</i>"):gsub("`(.-)`", "<code>%1</code>"):gsub("%[(.-)%]%((.-)%)", '<a href="%2">%1</a>')
    local level, title = line:match "^(#+)%s+(.*)"
    local item = line:match "^%-%s+(.*)"
    if list and not item then out[#out + 1] = "</ul>" list = false end
    if level then out[#out + 1] = ("<h%d>%s</h%d>"):format(#level, title, #level)
    elseif item then if not list then out[#out + 1] = "<ul>" list = true end out[#out + 1] = "<li>" .. item .. "</li>"
    elseif #line > 0 then out[#out + 1] = "<p>" .. line .. "</p>" end
  end
  if list then out[#out + 1] = "</ul>" end
  return table.concat(out, "\n")
end
print(markdown "# Title **bold**\n\nA paragraph with `code <x>` and [a link](http://e.x/?a=1&b=2).\n- first _item_\n- second\n## End")

local function roman(n) local r = "" for _, p in ipairs { { 1000, "M" }, { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" }, { 90, "XC" }, { 50, "L" }, { 40, "XL" }, { 10, "X" }, { 9, "IX" }, { 5, "V" }, { 4, "IV" }, { 1, "I" } } do while n >= p[1] do r = r .. p[2] n = n - p[1] end end return r end
local function unroman(s) local v, t, last = { I = 1, V = 5, X = 10, L = 50, C = 100, D = 500, M = 1000 }, 0, 0 for c in s:reverse():gmatch "." do local x = v[c] t = x < last and t - x or t + x last = math.max(last, x) end return t end
for i = 1, 3999 do assert(unroman(roman(i)) == i) end
print(roman(1999), roman(2024), roman(3888), unroman "MCMXCIV")
local function rle(s) return (s:gsub("(.)%1*", function(c) return c end)) end
local function encode(s) local r, i = {}, 1 while i <= #s do local c = s:sub(i, i) local j = i while s:sub(j + 1, j + 1) == c do j = j + 1 end r[#r + 1] = (j - i + 1) .. c i = j + 1 end return table.concat(r) end
local function decode(s) return (s:gsub("(%d+)(.)", function(n, c) return c:rep(n) end)) end
print(encode "aaabccddddde", decode(encode "aaabccddddde"), rle "abc")

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function b64(s)
  return (s:gsub("..?.?", function(c)
    local a, b, d = c:byte(1, 3)
    local n = a << 16 | (b or 0) << 8 | (d or 0)
    local r = ""
    for i = 3, 0, -1 do local k = n >> i * 6 & 63 r = r .. (3 - i <= #c and alphabet:sub(k + 1, k + 1) or "=") end
    return r
  end))
end
local function unb64(s)
  return (s:gsub("(.)(.)(.)(.)", function(...)
    local n = 0
    local pad = 0
    for _, c in ipairs { ... } do n = n << 6 if c == "=" then pad = pad + 1 else n = n | alphabet:find(c, 1, true) - 1 end end
    return string.char(n >> 16 & 255, n >> 8 & 255, n & 255):sub(1, 3 - pad)
  end))
end
for _, s in ipairs { "", "M", "Ma", "Man", "any carnal pleas", "\0\255\128 binary" } do assert(unb64(b64(s)) == s) io.write(b64(s), " ") end print()

local ini = "; comment\n[server]\nhost = example.org\nport=8080\n\n[flags]\ndebug = true\nname = \"quoted value\"\nratio = 0.25\n"
local config, section = {}, nil
for line in ini:gmatch "[^\n]+" do
  local name = line:match "^%[(.-)%]$"
  local k, v = line:match "^(%w+)%s*=%s*(.-)%s*$"
  if name then section = {} config[name] = section
  elseif k then
    if v == "true" or v == "false" then v = v == "true" else v = tonumber(v) or v:match '^"(.*)"$' or v end
    section[k] = v
  end
end
print(config.server.host, config.server.port + 1, config.flags.debug, config.flags.name, config.flags.ratio * 2)
local function hexdump(s)
  for at = 1, #s, 8 do
    local row = s:sub(at, at + 7)
    print(("%04x  %-24s %s"):format(at - 1, (row:gsub(".", function(c) return ("%02x "):format(c:byte()) end)), (row:gsub("[^%g ]", "."))))
  end
end
hexdump "Hello\0\1\2 world \127\128\255 end"
local function anagrams(list)
  local groups, keys = {}, {}
  for w in list:gmatch "%a+" do
    local t = {}
    for c in w:gmatch "." do t[#t + 1] = c end
    table.sort(t)
    local k = table.concat(t)
    if not groups[k] then groups[k] = {} keys[#keys + 1] = k end
    table.insert(groups[k], w)
  end
  table.sort(keys)
  for _, k in ipairs(keys) do if #groups[k] > 1 then print(k, table.concat(groups[k], " ")) end end
end
anagrams "listen silent enlist google elbow below state taste night thing"
local function soundex(w)
  local codes = { b = 1, f = 1, p = 1, v = 1, c = 2, g = 2, j = 2, k = 2, q = 2, s = 2, x = 2, z = 2, d = 3, t = 3, l = 4, m = 5, n = 5, r = 6 }
  local r, last = w:sub(1, 1):upper(), codes[w:sub(1, 1):lower()]
  for c in w:sub(2):lower():gmatch "." do local k = codes[c] if k and k ~= last then r = r .. k end if c ~= "h" and c ~= "w" then last = k end end
  return (r .. "000"):sub(1, 4)
end
print(soundex "Robert", soundex "Rupert", soundex "Tymczak", soundex "Honeyman", soundex "Ashcraft")
