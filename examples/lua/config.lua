--- Settings with defaults, types, validation and change listeners.

local Config = {}
Config.__index = Config

--- A store for the settings of `schema`: name -> { default = ..., check = function(value) -> ok, why }.
function Config.new(schema)
  return setmetatable({ schema = schema, values = {}, listeners = {} }, Config)
end

--- The value of a setting, or its default.
function Config:get(name)
  local rule = self.schema[name] or error("no setting '" .. name .. "'", 2)
  local value = self.values[name]
  if value == nil then return rule.default end
  return value
end

--- Changes a setting; true, or nil and the reason why not.
function Config:set(name, value)
  local rule = self.schema[name]
  if not rule then return nil, "no setting '" .. name .. "'" end
  if type(value) ~= type(rule.default) then
    return nil, ("%s wants a %s, not a %s"):format(name, type(rule.default), type(value))
  end
  if rule.check then
    local ok, why = rule.check(value)
    if not ok then return nil, name .. " " .. why end
  end
  local old = self:get(name)
  self.values[name] = value
  if old ~= value then
    for _, listener in ipairs(self.listeners) do listener(name, value, old) end
  end
  return true
end

--- Calls `listener(name, new, old)` after every change; returns a function that ends this.
function Config:on_change(listener)
  table.insert(self.listeners, listener)
  return function()
    for i, l in ipairs(self.listeners) do
      if l == listener then return table.remove(self.listeners, i) end
    end
  end
end

--- Reads lines of `name = value`; returns how many were set and a list of complaints.
function Config:load(text)
  local count, complaints, line_number = 0, {}, 0
  for line in text:gmatch("([^\n]*)\n?") do
    line_number = line_number + 1
    line = line:gsub("%s*#.*$", "")
    local name, value = line:match("^%s*([%w_.]+)%s*=%s*(.-)%s*$")
    if name then
      if value == "true" or value == "false" then
        value = value == "true"
      else
        value = tonumber(value) or value:match('^"(.*)"$') or value
      end
      local ok, why = self:set(name, value)
      if ok then count = count + 1 else complaints[#complaints + 1] = "line " .. line_number .. ": " .. why end
    elseif line:find("%S") then
      complaints[#complaints + 1] = "line " .. line_number .. ": expected name = value"
    end
  end
  return count, complaints
end

--- The settings that differ from their defaults, in order of their names.
function Config:dump()
  local lines = {}
  for name, value in pairs(self.values) do
    if value ~= self.schema[name].default then
      lines[#lines + 1] = ("%s = %s"):format(name, type(value) == "string" and '"' .. value .. '"' or tostring(value))
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

return Config
