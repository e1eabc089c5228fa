-- JSON: values to text and back, with the place of what is wrong.
local json = {}

-- Stands for null, which a table cannot hold.
json.null = setmetatable({}, { __tostring = function() return "null" end })

local ESCAPES = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f",
  ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}
local UNESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local function escape(character)
  return ESCAPES[character] or string.format("\\u%04x", string.byte(character))
end

local function quote(text)
  return '"' .. string.gsub(text, '[%c"\\]', escape) .. '"'
end

-- A table is a list if its keys are 1 to n.
local function is_list(value)
  local count = 0
  for key in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 then
      return false
    end
    count = count + 1
  end
  return count == #value and count > 0
end

local function number(value)
  if math.type(value) == "integer" then
    return tostring(value)
  end
  if value ~= value or value == math.huge or value == -math.huge then
    error("number that JSON does not have", 0)
  end
  return string.format("%.7g", value)
end

local write

local function write_list(value, out, indent, seen)
  out[#out + 1] = "["
  for index, item in ipairs(value) do
    if index > 1 then
      out[#out + 1] = ","
    end
    write(item, out, indent, seen)
  end
  out[#out + 1] = "]"
end

local function write_object(value, out, indent, seen)
  local names = {}
  for name in pairs(value) do
    if type(name) ~= "string" then
      error("key that JSON does not have", 0)
    end
    names[#names + 1] = name
  end
  table.sort(names)
  local inner = indent and indent .. "  "
  out[#out + 1] = "{"
  for index, name in ipairs(names) do
    if index > 1 then
      out[#out + 1] = ","
    end
    if inner then
      out[#out + 1] = "\n" .. inner
    end
    out[#out + 1] = quote(name)
    out[#out + 1] = indent and ": " or ":"
    write(value[name], out, inner, seen)
  end
  if indent and #names > 0 then
    out[#out + 1] = "\n" .. indent
  end
  out[#out + 1] = "}"
end

function write(value, out, indent, seen)
  local kind = type(value)
  if value == nil or value == json.null then
    out[#out + 1] = "null"
  elseif kind == "boolean" then
    out[#out + 1] = tostring(value)
  elseif kind == "number" then
    out[#out + 1] = number(value)
  elseif kind == "string" then
    out[#out + 1] = quote(value)
  elseif kind == "table" then
    if seen[value] then
      error("table that holds itself", 0)
    end
    seen[value] = true
    local put = is_list(value) and write_list or write_object
    put(value, out, indent, seen)
    seen[value] = nil
  else
    error("no JSON of a " .. kind, 0)
  end
end

-- The text of a value; with `pretty` over several lines.
function json.encode(value, pretty)
  local out = {}
  local ok, message = pcall(write, value, out, pretty and "" or nil, {})
  if not ok then
    return nil, message
  end
  return table.concat(out)
end

local Reader = {}
Reader.__index = Reader

function Reader:fail(message)
  local line = 1
  for _ in string.gmatch(string.sub(self.text, 1, self.at - 1), "\n") do
    line = line + 1
  end
  error({ message = string.format("line %d: %s", line, message) }, 0)
end

function Reader:skip()
  self.at = string.find(self.text, "[^ \t\r\n]", self.at) or #self.text + 1
end

function Reader:peek()
  return string.sub(self.text, self.at, self.at)
end

function Reader:expect(character)
  self:skip()
  if self:peek() ~= character then
    self:fail("'" .. character .. "' expected")
  end
  self.at = self.at + 1
end

function Reader:accept(character)
  self:skip()
  if self:peek() == character then
    self.at = self.at + 1
    return true
  end
  return false
end

function Reader:unicode()
  local digits = string.match(self.text, "^%x%x%x%x", self.at)
  if not digits then
    self:fail("four digits expected")
  end
  self.at = self.at + 4
  return tonumber(digits, 16)
end

function Reader:escaped()
  local letter = self:peek()
  self.at = self.at + 1
  if letter ~= "u" then
    return UNESCAPES[letter] or self:fail("no such escape")
  end
  local code = self:unicode()
  if code >= 0xD800 and code < 0xDC00 then
    if string.sub(self.text, self.at, self.at + 1) ~= "\\u" then
      self:fail("second half of a pair expected")
    end
    self.at = self.at + 2
    code = 0x10000 + ((code - 0xD800) << 10) + (self:unicode() - 0xDC00)
  end
  return utf8.char(code)
end

function Reader:string()
  local parts = {}
  while true do
    local plain = string.match(self.text, '^[^"\\%c]+', self.at)
    if plain then
      parts[#parts + 1] = plain
      self.at = self.at + #plain
    end
    local character = self:peek()
    self.at = self.at + 1
    if character == '"' then
      return table.concat(parts)
    elseif character == "\\" then
      parts[#parts + 1] = self:escaped()
    else
      self:fail("string does not end")
    end
  end
end

function Reader:number()
  local digits = string.match(self.text, "^-?%d+%.?%d*[eE]?[+-]?%d*", self.at)
  local value = digits and tonumber(digits)
  if not value then
    self:fail("value expected")
  end
  self.at = self.at + #digits
  return value
end

function Reader:list(depth)
  local list = {}
  if self:accept("]") then
    return list
  end
  repeat
    list[#list + 1] = self:value(depth)
  until not self:accept(",")
  self:expect("]")
  return list
end

function Reader:object(depth)
  local object = {}
  if self:accept("}") then
    return object
  end
  repeat
    self:expect('"')
    local name = self:string()
    self:expect(":")
    object[name] = self:value(depth)
  until not self:accept(",")
  self:expect("}")
  return object
end

local WORDS = { ["true"] = true, ["false"] = false, null = json.null }

function Reader:value(depth)
  if depth > 32 then
    self:fail("nested too deeply")
  end
  self:skip()
  local character = self:peek()
  if character == "{" then
    self.at = self.at + 1
    return self:object(depth + 1)
  elseif character == "[" then
    self.at = self.at + 1
    return self:list(depth + 1)
  elseif character == '"' then
    self.at = self.at + 1
    return self:string()
  end
  local word = string.match(self.text, "^%l+", self.at)
  if word and WORDS[word] ~= nil then
    self.at = self.at + #word
    return WORDS[word]
  end
  return self:number()
end

-- The value of a text; nil and a message if it is none.
function json.decode(text)
  local reader = setmetatable({ text = text, at = 1 }, Reader)
  local ok, value = pcall(function()
    local value = reader:value(0)
    reader:skip()
    if reader.at <= #text then
      reader:fail("text behind the value")
    end
    return value
  end)
  if ok then
    return value
  end
  return nil, type(value) == "table" and value.message or value
end

return json
