-- Routes: from the method and the path of a request to its handler.
local url = require "url"

local router = {}

local Router = {}
Router.__index = Router

local function node()
  return { literals = {}, handlers = {} }
end

function router.new()
  return setmetatable({ root = node(), filters = {}, hits = 0, misses = 0 }, Router)
end

local function segments(path)
  local list = {}
  for segment in string.gmatch(path, "[^/]+") do
    list[#list + 1] = segment
  end
  return list
end

-- Adds a handler. Segments of the pattern: text, `:name` for any one segment, `*name` for all that is left.
function Router:add(method, pattern, handler)
  local at, names = self.root, {}
  for _, segment in ipairs(segments(pattern)) do
    local mark, name = string.match(segment, "^([:*])([%w_]+)$")
    if mark == ":" then
      at.any = at.any or node()
      at, names[#names + 1] = at.any, name
    elseif mark == "*" then
      at.rest = at.rest or node()
      at, names[#names + 1] = at.rest, name
      break
    else
      at.literals[segment] = at.literals[segment] or node()
      at = at.literals[segment]
    end
  end
  if at.handlers[method] then
    error("a handler for " .. method .. " " .. pattern .. " is there", 2)
  end
  at.handlers[method] = { handler = handler, names = names, pattern = pattern }
  return self
end

for _, method in ipairs { "GET", "POST", "PUT", "DELETE" } do
  Router[string.lower(method)] = function(self, pattern, handler)
    return self:add(method, pattern, handler)
  end
end

-- Calls `filter(request, go_on)` around every handler; the filter added last is outermost.
function Router:use(filter)
  self.filters[#self.filters + 1] = filter
  return self
end

-- Literal segments come before names, names before rests.
local function find(at, list, index, values)
  local segment = list[index]
  if segment == nil then
    if next(at.handlers) then
      return at
    end
  else
    local literal = at.literals[segment]
    local found = literal and find(literal, list, index + 1, values)
    if found then
      return found
    end
    if at.any then
      values[#values + 1] = segment
      found = find(at.any, list, index + 1, values)
      if found then
        return found
      end
      values[#values] = nil
    end
  end
  if at.rest then
    values[#values + 1] = table.concat(list, "/", index)
    return at.rest
  end
  return nil
end

-- The route of a request and its parameters; nil and a status if there is none.
function Router:match(method, path)
  local values = {}
  local at = find(self.root, segments(path), 1, values)
  if not at then
    return nil, 404
  end
  local route = at.handlers[method] or (method == "HEAD" and at.handlers.GET)
  if not route then
    local allowed = {}
    for name in pairs(at.handlers) do
      allowed[#allowed + 1] = name
    end
    table.sort(allowed)
    return nil, 405, table.concat(allowed, ", ")
  end
  local parameters = {}
  for index, name in ipairs(route.names) do
    parameters[name] = values[index]
  end
  return route, parameters
end

local function respond(route, request)
  local response = route.handler(request)
  if type(response) == "string" then
    response = { status = 200, body = response, headers = { ["content-type"] = "text/html" } }
  end
  return response or { status = 204 }
end

-- Answers a request; errors of handlers become a response.
function Router:handle(request)
  local target = url.parse(request.target)
  request.path = url.normalize(target.path)
  request.query = url.parse_query(target.query or "")
  local route, parameters, allowed = self:match(request.method, request.path)
  if not route then
    self.misses = self.misses + 1
    local headers = allowed and { allow = allowed } or {}
    return { status = parameters, headers = headers, body = "" }
  end
  self.hits = self.hits + 1
  request.parameters = parameters
  local call = function() return respond(route, request) end
  for _, filter in ipairs(self.filters) do
    local inner = call
    call = function() return filter(request, inner) end
  end
  local ok, response = pcall(call)
  if not ok then
    return { status = 500, body = tostring(response), failed = true }
  end
  response.head_only = request.method == "HEAD"
  return response
end

return router
