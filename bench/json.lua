-- JSON: a small encoder and decoder, round trips over a generated document.
local n = tonumber((...)) or 150

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }

local function encode(v, out)
  local kind = type(v)
  if kind == "table" then
    if #v > 0 or next(v) == nil then
      out[#out + 1] = "["
      for i = 1, #v do
        if i > 1 then out[#out + 1] = "," end
        encode(v[i], out)
      end
      out[#out + 1] = "]"
    else
      local keys = {}
      for k in pairs(v) do keys[#keys + 1] = k end
      table.sort(keys)
      out[#out + 1] = "{"
      for i, k in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        encode(k, out)
        out[#out + 1] = ":"
        encode(v[k], out)
      end
      out[#out + 1] = "}"
    end
  elseif kind == "string" then
    out[#out + 1] = '"' .. v:gsub('[%c"\\]', escapes) .. '"'
  else
    out[#out + 1] = tostring(v)
  end
end

local function fail(text, at) error("bad JSON at " .. at .. ": " .. text:sub(at, at + 10)) end

local decode_value

local function skip(s, at) return s:find("[^ \t\r\n]", at) or #s + 1 end

local unescape = { n = "\n", t = "\t", r = "\r", b = "\b", f = "\f" }
local function decode_string(s, at)
  local from = at + 1
  local to = s:find('["\\]', from)
  if not to then fail(s, at) end
  if s:byte(to) == 34 then return s:sub(from, to - 1), to + 1 end
  local parts = {}
  while s:byte(to) == 92 do
    parts[#parts + 1] = s:sub(from, to - 1)
    local c = s:sub(to + 1, to + 1)
    parts[#parts + 1] = unescape[c] or c
    from = to + 2
    to = s:find('["\\]', from)
    if not to then fail(s, at) end
  end
  parts[#parts + 1] = s:sub(from, to - 1)
  return table.concat(parts), to + 1
end

local function decode_array(s, at)
  local list = {}
  at = skip(s, at + 1)
  if s:sub(at, at) == "]" then return list, at + 1 end
  while true do
    list[#list + 1], at = decode_value(s, at)
    at = skip(s, at)
    local c = s:sub(at, at)
    if c == "]" then return list, at + 1 end
    if c ~= "," then fail(s, at) end
    at = skip(s, at + 1)
  end
end

local function decode_object(s, at)
  local object, key = {}, nil
  at = skip(s, at + 1)
  if s:sub(at, at) == "}" then return object, at + 1 end
  while true do
    key, at = decode_string(s, at)
    at = skip(s, at)
    if s:sub(at, at) ~= ":" then fail(s, at) end
    object[key], at = decode_value(s, skip(s, at + 1))
    at = skip(s, at)
    local c = s:sub(at, at)
    if c == "}" then return object, at + 1 end
    if c ~= "," then fail(s, at) end
    at = skip(s, at + 1)
  end
end

function decode_value(s, at)
  local c = s:sub(at, at)
  if c == "{" then return decode_object(s, at) end
  if c == "[" then return decode_array(s, at) end
  if c == '"' then return decode_string(s, at) end
  if s:find("^true", at) then return true, at + 4 end
  if s:find("^false", at) then return false, at + 5 end
  local from, to = s:find("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
  if not from then fail(s, at) end
  return tonumber(s:sub(from, to)), to + 1
end

local document = { users = {}, version = 3, title = "a \"quoted\"\ttitle" }
for i = 1, 80 do
  document.users[i] = {
    id = i, name = "user" .. i, ratio = i / 4, admin = i % 5 == 0,
    tags = { "a", "b" .. i, "c\nd" }, address = { street = "road " .. i, zip = 10000 + i },
  }
end

local text
local h = 0
for _ = 1, n do
  local out = {}
  encode(document, out)
  text = table.concat(out)
  document = decode_value(text, 1)
  h = (h * 31 + #text + document.users[7].id) & 0x7fffffff
end
for i = 1, #text, 13 do h = (h * 31 + text:byte(i)) & 0x7fffffff end
print("json", #text, h)
