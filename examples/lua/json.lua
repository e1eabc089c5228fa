--- JSON text to and from Lua values. `json.null` stands for null.

local json = { null = setmetatable({}, { __tostring = function() return "null" end }) }

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c)
    return escapes[c] or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function sorted_keys(t)
  local keys = {}
  for k in pairs(t) do
    if type(k) ~= "string" then error("object key is a " .. type(k), 0) end
    keys[#keys + 1] = k
  end
  table.sort(keys)
  return keys
end

local function write(value, out)
  local kind = type(value)
  if value == json.null then
    out[#out + 1] = "null"
  elseif kind == "string" then
    out[#out + 1] = quote(value)
  elseif kind == "number" or kind == "boolean" then
    out[#out + 1] = tostring(value)
  elseif kind ~= "table" then
    error("no JSON for a " .. kind, 0)
  elseif #value > 0 then
    out[#out + 1] = "["
    for i, v in ipairs(value) do
      if i > 1 then out[#out + 1] = "," end
      write(v, out)
    end
    out[#out + 1] = "]"
  else
    out[#out + 1] = "{"
    for i, k in ipairs(sorted_keys(value)) do
      if i > 1 then out[#out + 1] = "," end
      out[#out + 1] = quote(k) .. ":"
      write(value[k], out)
    end
    out[#out + 1] = "}"
  end
end

--- The JSON text of a value; objects have their keys in order.
function json.encode(value)
  local out = {}
  write(value, out)
  return table.concat(out)
end

local function fail(text, at, what)
  local _, line = text:sub(1, at):gsub("\n", "")
  error(("%s at byte %d, line %d"):format(what, at, line + 1), 0)
end

local unescapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local read

local function read_string(text, at)
  local parts, from = {}, at + 1
  while true do
    local to = text:find('[%c"\\]', from)
    if not to then fail(text, at, "string without end") end
    parts[#parts + 1] = text:sub(from, to - 1)
    local c = text:sub(to, to)
    if c == '"' then return table.concat(parts), to + 1 end
    if c ~= "\\" then fail(text, to, "control character in a string") end
    local escape = text:sub(to + 1, to + 1)
    if escape == "u" then
      local hex = text:match("^%x%x%x%x", to + 2)
      if not hex then fail(text, to, "bad escape") end
      parts[#parts + 1] = utf8.char(tonumber(hex, 16))
      from = to + 6
    else
      parts[#parts + 1] = unescapes[escape] or escape
      from = to + 2
    end
  end
end

local function read_items(text, at, close, item)
  at = text:find("%S", at + 1)
  if at and text:sub(at, at) == close then return at + 1 end
  while at do
    at = text:find("%S", item(at))
    local c = at and text:sub(at, at)
    if c == close then return at + 1 end
    if c ~= "," then break end
    at = text:find("%S", at + 1)
  end
  fail(text, at or #text, "expected ',' or '" .. close .. "'")
end

local words = { ["true"] = true, ["false"] = false, null = json.null }

function read(text, at)
  at = text:find("%S", at) or fail(text, #text, "no value")
  local c = text:sub(at, at)
  if c == '"' then return read_string(text, at) end
  if c == "[" then
    local list = {}
    return list, read_items(text, at, "]", function(from)
      list[#list + 1], from = read(text, from)
      return from
    end)
  end
  if c == "{" then
    local object = {}
    return object, read_items(text, at, "}", function(from)
      if text:sub(from, from) ~= '"' then fail(text, from, "expected a key") end
      local key
      key, from = read_string(text, from)
      from = text:match("^%s*:()", from) or fail(text, from, "expected ':'")
      object[key], from = read(text, from)
      return from
    end)
  end
  local word, past = text:match("^(%a+)()", at)
  if words[word] ~= nil then return words[word], past end
  local number
  number, past = text:match("^(-?%d+%.?%d*[eE]?[+-]?%d*)()", at)
  if not tonumber(number) then fail(text, at, "unexpected text") end
  return tonumber(number), past
end

--- The value of a JSON text; nil and a message when it is malformed.
function json.decode(text)
  local ok, value, past = pcall(read, text, 1)
  if not ok then return nil, value end
  if text:find("%S", past) then return nil, "text after the value at byte " .. past end
  return value
end

return json
