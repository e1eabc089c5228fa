-- Runs the cases of a module (first argument: a file to load, or the name of a module to require) and prints what each
-- does in a form that does not depend on addresses or on the order of keys.
local where = ...

-- The one difference that is wanted: `%` formats.
getmetatable('').__mod = nil

local FLOAT = math.maxinteger > 0x7fffffff and '%.17g' or '%.9g'
local MOST_STEPS = 100

local function plain(text)
  return (text:gsub('(%a+): 0x%x+', '%1: ADDRESS'):gsub('(%a+): builtin%S*', '%1: ADDRESS'))
end

local show

local function entries(t, depth)
  local list = {}
  for key, value in next, t do
    list[#list + 1] = show(key, depth - 1) .. '=' .. show(value, depth - 1)
  end
  table.sort(list)
  return table.concat(list, ',', 1, math.min(#list, 20))
end

function show(value, depth)
  local kind = math.type(value) or type(value)
  if kind == 'integer' then
    return tostring(value)
  elseif kind == 'float' then
    return value ~= value and 'nan' or FLOAT:format(value) .. 'f'
  elseif kind == 'string' then
    return ('%q'):format(plain(value:sub(1, 300)))
  elseif kind == 'table' then
    return depth > 0 and '{' .. entries(value, depth) .. '}' or '{...}'
  elseif kind == 'nil' or kind == 'boolean' then
    return tostring(value)
  end
  return kind
end

local function line(...)
  local list = {}
  for i = 1, math.min(select('#', ...), 20) do
    list[i] = show((select(i, ...)), 2)
  end
  print(table.concat(list, ' '))
end

local steps
local function step()
  steps = steps + 1
  if steps > MOST_STEPS then error('too many steps', 0) end
end

-- Text that grows in a loop is cut.
local function short(value)
  return type(value) == 'string' and value:sub(1, 500) or value
end

-- Addresses must not become part of values.
local function nameless(value)
  local kind = type(value)
  return (kind == 'table' or kind == 'function' or kind == 'thread' or kind == 'userdata') and kind or value
end

local text = setmetatable({
  format = function(format, ...)
    local list = table.pack(...)
    for i = 1, list.n do list[i] = nameless(list[i]) end
    return string.format(format, table.unpack(list, 1, list.n))
  end,
}, {__index = string})

local function environment()
  return setmetatable({
    out = line, T = step, S = short, string = text,
    tostring = function(...) return tostring(nameless((...)), select(2, ...)) end,
    x = {a = 7, b = 'bee', 1, 2}, y = 5,
  }, {__index = _G})
end

local cases = where:find('%.lua$') and dofile(where) or require(where)
for number, case in ipairs(cases) do
  print('#' .. number)
  steps = 0
  line(pcall(case, environment()))
end
