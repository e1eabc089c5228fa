-- Settings: text in sections, checked against what a program declares.
local config = {}

local function trim(text)
  return string.match(text, "^%s*(.-)%s*$")
end

local TRUTH = { yes = true, on = true, ["true"] = true, no = false, off = false, ["false"] = false }

-- How a text becomes a value of each type.
local CONVERT = {
  string = function(text) return text end,
  boolean = function(text)
    local value = TRUTH[string.lower(text)]
    if value == nil then
      return nil, "yes or no expected"
    end
    return value
  end,
  integer = function(text)
    local value = math.tointeger(tonumber(text))
    if not value then
      return nil, "integer expected"
    end
    return value
  end,
  duration = function(text)
    local count, unit = string.match(text, "^(%d+)%s*(%a*)$")
    local factors = { [""] = 1, s = 1, m = 60, h = 3600, d = 86400 }
    local factor = count and factors[unit]
    if not factor then
      return nil, "duration expected"
    end
    return math.tointeger(tonumber(count)) * factor
  end,
  list = function(text)
    local list = {}
    for item in string.gmatch(text, "[^,]+") do
      list[#list + 1] = trim(item)
    end
    return list
  end,
}

local Schema = {}
Schema.__index = Schema

function config.schema()
  return setmetatable({ fields = {}, order = {} }, Schema)
end

-- Declares a setting `section.name`. Options: default, min, max, one_of, required.
function Schema:declare(name, kind, options)
  if not CONVERT[kind] then
    error("no type " .. tostring(kind), 2)
  end
  options = options or {}
  self.fields[name] = {
    kind = kind,
    default = options.default,
    min = options.min,
    max = options.max,
    one_of = options.one_of,
    required = options.required,
  }
  self.order[#self.order + 1] = name
  return self
end

local function check(field, value)
  if field.min and value < field.min then
    return nil, "less than " .. field.min
  end
  if field.max and value > field.max then
    return nil, "more than " .. field.max
  end
  if field.one_of then
    for _, allowed in ipairs(field.one_of) do
      if allowed == value then
        return value
      end
    end
    return nil, "not one of " .. table.concat(field.one_of, ", ")
  end
  return value
end

-- The lines of a text as sections of names and raw values, with the number of their line.
local function parse(text)
  local raw, section, number = {}, "", 0
  for line in string.gmatch(text .. "\n", "(.-)\r?\n") do
    number = number + 1
    line = trim(line)
    local head = string.match(line, "^%[([%w_]+)%]$")
    if head then
      section = head .. "."
    elseif line ~= "" and not string.find(line, "^[#;]") then
      local name, value = string.match(line, "^([%w_]+)%s*=%s*(.*)$")
      if not name then
        return nil, string.format("line %d: name = value expected", number)
      end
      local quoted = string.match(value, '^"(.*)"$')
      raw[section .. name] = { text = quoted or value, line = number }
    end
  end
  return raw
end

-- The settings in a text, and a list of what is wrong with it.
function Schema:read(text)
  local settings, problems = {}, {}
  local raw, message = parse(text)
  if not raw then
    return nil, { message }
  end
  for _, name in ipairs(self.order) do
    local field, found = self.fields[name], raw[name]
    if found then
      local value, why = CONVERT[field.kind](found.text)
      if value ~= nil then
        value, why = check(field, value)
      end
      if value == nil then
        problems[#problems + 1] = string.format("line %d: %s: %s", found.line, name, why)
        value = field.default
      end
      settings[name] = value
    elseif field.required then
      problems[#problems + 1] = name .. " is missing"
    else
      settings[name] = field.default
    end
  end
  local unknown = {}
  for name, found in pairs(raw) do
    if not self.fields[name] then
      unknown[#unknown + 1] = string.format("line %d: no setting %s", found.line, name)
    end
  end
  table.sort(unknown)
  table.move(unknown, 1, #unknown, #problems + 1, problems)
  return settings, problems
end

local function show(value)
  if type(value) == "table" then
    return table.concat(value, ", ")
  elseif type(value) == "boolean" then
    return value and "yes" or "no"
  end
  return tostring(value)
end

-- The text of settings, in the order of their declaration.
function Schema:write(settings)
  local out, section = {}, ""
  for _, name in ipairs(self.order) do
    local head, rest = string.match(name, "^([%w_]+)%.(.+)$")
    if head and head ~= section then
      section = head
      out[#out + 1] = "[" .. head .. "]"
    end
    if settings[name] ~= nil then
      out[#out + 1] = (rest or name) .. " = " .. show(settings[name])
    end
  end
  return table.concat(out, "\n") .. "\n"
end

-- What differs: a list of names, old and new values.
function Schema:compare(old, new)
  local changes = {}
  for _, name in ipairs(self.order) do
    local before, after = show(old[name]), show(new[name])
    if before ~= after then
      changes[#changes + 1] = { name = name, before = before, after = after }
    end
  end
  return changes
end

return config
