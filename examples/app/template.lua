-- Templates: {{expression}} is replaced and escaped, {{{expression}}} replaced as it is, {% statements %} are run.
local template = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

function template.escape(value)
  return (string.gsub(tostring(value), "[&<>\"']", ENTITIES))
end

-- Filters by their names: {{value|upper}}.
template.filters = {
  upper = function(value) return string.upper(tostring(value)) end,
  lower = function(value) return string.lower(tostring(value)) end,
  trim = function(value) return (string.match(tostring(value), "^%s*(.-)%s*$")) end,
  length = function(value) return #value end,
  percent = function(value) return string.format("%d%%", value) end,
}

-- The place behind the dots of a name in the fields: `a.b.c`.
local function look_up(fields, path)
  local value = fields
  for name in string.gmatch(path, "[^%.]+") do
    if type(value) ~= "table" then
      return nil
    end
    local key = math.tointeger(tonumber(name)) or name
    value = value[key]
  end
  return value
end

local function evaluate(expression, fields)
  local path, rest = string.match(expression, "^%s*([%w_%.]+)%s*(.-)%s*$")
  if not path then
    error("expression expected: " .. expression, 0)
  end
  local value = look_up(fields, path)
  for name in string.gmatch(rest, "|%s*([%w_]+)") do
    local filter = template.filters[name]
    if not filter then
      error("no filter " .. name, 0)
    end
    value = filter(value)
  end
  return value
end

-- Takes a text apart into pieces: plain text, values and statements.
local function pieces(text)
  local list, at = {}, 1
  local function add(kind, content)
    if content ~= "" then
      list[#list + 1] = { kind = kind, text = content }
    end
  end
  while true do
    local from = string.find(text, "{[{%%]", at)
    if not from then
      add("plain", string.sub(text, at))
      return list
    end
    add("plain", string.sub(text, at, from - 1))
    local kind, pattern = "value", "^{{(.-)}}()"
    if string.sub(text, from, from + 2) == "{{{" then
      kind, pattern = "raw", "^{{{(.-)}}}()"
    elseif string.sub(text, from + 1, from + 1) == "%" then
      kind, pattern = "statement", "^{%%%s*(.-)%s*%%}()"
    end
    local content, behind = string.match(text, pattern, from)
    if not content then
      error("template does not end: " .. string.sub(text, from, from + 16), 0)
    end
    add(kind, content)
    at = behind
  end
end

local parse_block

local BLOCKS = {}

function BLOCKS.each(list, at, argument)
  local name, path = string.match(argument, "^([%w_]+)%s+in%s+([%w_%.]+)$")
  if not name then
    error("each NAME in LIST expected", 0)
  end
  local body, behind = parse_block(list, at)
  return { kind = "each", name = name, path = path, body = body }, behind
end

BLOCKS["if"] = function(list, at, argument)
  local negated, path = string.match(argument, "^(n?o?t?)%s*([%w_%.]+)$")
  if negated ~= "not" then
    negated, path = nil, argument
  end
  local body, behind, ending = parse_block(list, at)
  local other
  if ending == "else" then
    other, behind = parse_block(list, behind)
  end
  return { kind = "if", path = path, negated = negated, body = body, other = other }, behind
end

-- Nodes up to `end` or `else`: the nodes, the place behind, and which of the two it was.
function parse_block(list, at, outermost)
  local nodes = {}
  while at <= #list do
    local piece = list[at]
    at = at + 1
    if piece.kind ~= "statement" then
      nodes[#nodes + 1] = piece
    else
      local word, argument = string.match(piece.text, "^(%l+)%s*(.*)$")
      if word == "end" or word == "else" then
        if outermost then
          error("nothing to " .. word, 0)
        end
        return nodes, at, word
      end
      local block = BLOCKS[word]
      if not block then
        error("no statement " .. piece.text, 0)
      end
      nodes[#nodes + 1], at = block(list, at, argument)
    end
  end
  if not outermost then
    error("end expected", 0)
  end
  return nodes, at
end

local render

local RENDER = {}

function RENDER.plain(node, _, out)
  out[#out + 1] = node.text
end

function RENDER.value(node, fields, out)
  local value = evaluate(node.text, fields)
  out[#out + 1] = value == nil and "" or template.escape(value)
end

function RENDER.raw(node, fields, out)
  local value = evaluate(node.text, fields)
  out[#out + 1] = value == nil and "" or tostring(value)
end

function RENDER.each(node, fields, out)
  local list = look_up(fields, node.path) or {}
  for index, item in ipairs(list) do
    local inner = setmetatable({ [node.name] = item, index = index, last = index == #list }, { __index = fields })
    render(node.body, inner, out)
  end
end

RENDER["if"] = function(node, fields, out)
  local value = look_up(fields, node.path)
  local truth = value and value ~= "" and value ~= 0
  if node.negated then
    truth = not truth
  end
  if truth then
    render(node.body, fields, out)
  elseif node.other then
    render(node.other, fields, out)
  end
end

function render(nodes, fields, out)
  for _, node in ipairs(nodes) do
    RENDER[node.kind](node, fields, out)
  end
end

-- A function that renders the text with fields.
function template.compile(text)
  local nodes = parse_block(pieces(text), 1, true)
  return function(fields)
    local out = {}
    render(nodes, fields, out)
    return table.concat(out)
  end
end

return template
