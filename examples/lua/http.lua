--- A small HTTP/1.1 request parser and router that take their input in pieces, as a socket delivers it.

local http = {}

local function unescape(s)
  return (s:gsub("+", " "):gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- The fields of a query string or form body.
function http.parse_query(s)
  local fields = {}
  for pair in s:gmatch("[^&]+") do
    local k, v = pair:match("^([^=]*)=?(.*)$")
    fields[unescape(k)] = unescape(v)
  end
  return fields
end

--- A parser: a coroutine that is fed with pieces of text and yields complete requests.
function http.parser()
  return coroutine.wrap(function(piece)
    local buffer = piece or ""
    local function line()
      while true do
        local text, past = buffer:match("^(.-)\r?\n()")
        if text then
          buffer = buffer:sub(past)
          return text
        end
        buffer = buffer .. (coroutine.yield() or "")
      end
    end
    local function bytes(count)
      while #buffer < count do buffer = buffer .. (coroutine.yield() or "") end
      local text = buffer:sub(1, count)
      buffer = buffer:sub(count + 1)
      return text
    end
    while true do
      local method, target, version = line():match("^(%u+) (%S+) HTTP/(%d%.%d)$")
      local request
      if not method then
        request = { bad = true }
      else
        local path, query = target:match("^([^?]*)%??(.*)$")
        request = { method = method, path = unescape(path), query = http.parse_query(query), version = version, headers = {} }
        for header in line do
          if header == "" then break end
          local name, value = header:match("^([%w-]+):%s*(.-)%s*$")
          if name then request.headers[name:lower()] = value end
        end
        request.body = bytes(tonumber(request.headers["content-length"]) or 0)
      end
      buffer = buffer .. (coroutine.yield(request) or "")
    end
  end)
end

local Router = {}
Router.__index = Router

--- A router; patterns are paths in which `:name` stands for one segment.
function http.router() return setmetatable({ routes = {} }, Router) end

function Router:add(method, pattern, handler)
  local names = {}
  local lua_pattern = pattern:gsub("[%-.+]", "%%%0"):gsub(":(%a+)", function(name)
    names[#names + 1] = name
    return "([^/]+)"
  end)
  table.insert(self.routes, { method = method, pattern = "^" .. lua_pattern .. "$", names = names, handler = handler })
  return self
end

--- Answers a request with status, body and kind; errors of handlers become status 500.
function Router:handle(request)
  if request.bad then return 400, "bad request" end
  local allowed = false
  for _, route in ipairs(self.routes) do
    local captures = table.pack(request.path:match(route.pattern))
    if captures[1] then
      if route.method == request.method then
        local params = {}
        for i, name in ipairs(route.names) do params[name] = captures[i] end
        local ok, status, body = pcall(route.handler, request, params)
        if ok then return status, body end
        return 500, tostring(status)
      end
      allowed = true
    end
  end
  if allowed then return 405, "method not allowed" end
  return 404, "not found"
end

local reasons = { [200] = "OK", [201] = "Created", [400] = "Bad Request", [404] = "Not Found", [405] = "Method Not Allowed", [500] = "Internal Server Error" }

--- The text of a response.
function http.response(status, body, kind)
  return ("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s")
    :format(status, reasons[status] or "Unknown", kind or "text/plain", #body, body)
end

return http
