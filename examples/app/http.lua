-- HTTP/1.1: requests as they arrive in pieces, and responses.
local http = {}

http.REASONS = {
  [200] = "OK", [201] = "Created", [204] = "No Content", [301] = "Moved Permanently", [302] = "Found",
  [304] = "Not Modified", [400] = "Bad Request", [401] = "Unauthorized", [403] = "Forbidden",
  [404] = "Not Found", [405] = "Method Not Allowed", [408] = "Request Timeout", [411] = "Length Required",
  [413] = "Content Too Large", [431] = "Request Header Fields Too Large", [500] = "Internal Server Error",
  [501] = "Not Implemented", [503] = "Service Unavailable",
}

http.MAX_HEAD = 2048
http.MAX_BODY = 4096

local METHODS = { GET = true, HEAD = true, POST = true, PUT = true, PATCH = true, DELETE = true, OPTIONS = true }

local Parser = {}
Parser.__index = Parser

-- A parser of one connection; `take(request)` is called with each request that is complete.
function http.parser(take)
  return setmetatable({ buffer = "", state = "head", take = take, count = 0 }, Parser)
end

local function fail(self, status, message)
  self.state = "failed"
  self.buffer = ""
  return nil, status, message
end

-- A line ends with a line feed, and perhaps a carriage return before it.
local function request_line(line)
  local method, target, major, minor = string.match(line, "^(%u+) (%S+) HTTP/(%d)%.(%d)$")
  if not method then
    return nil, 400, "no request line"
  end
  if not METHODS[method] then
    return nil, 501, "no method " .. method
  end
  if major ~= "1" then
    return nil, 400, "no HTTP/1"
  end
  return { method = method, target = target, version = "1." .. minor, headers = {}, body = "" }
end

local function add_header(headers, line)
  local name, value = string.match(line, "^([%w%-_]+):%s*(.-)%s*$")
  if not name then
    return false
  end
  name = string.lower(name)
  if headers[name] then
    value = headers[name] .. ", " .. value
  end
  headers[name] = value
  return true
end

local function parse_head(head)
  local request, status, message
  for line in string.gmatch(head, "(.-)\r?\n") do
    if not request then
      request, status, message = request_line(line)
      if not request then
        return nil, status, message
      end
    elseif not add_header(request.headers, line) then
      return nil, 400, "no header: " .. line
    end
  end
  if request and request.version == "1.1" and not request.headers.host then
    return nil, 400, "no host"
  end
  return request
end

local function keeps_alive(request)
  local connection = string.lower(request.headers.connection or "")
  if request.version == "1.0" then
    return connection == "keep-alive"
  end
  return connection ~= "close"
end

local STATES = {}

function STATES.head(self)
  local from, to = string.find(self.buffer, "\r?\n\r?\n")
  if not from then
    if #self.buffer > http.MAX_HEAD then
      return fail(self, 431, "head too long")
    end
    return false
  end
  local request, status, message = parse_head(string.sub(self.buffer, 1, from - 1) .. "\n")
  if not request then
    return fail(self, status, message)
  end
  self.buffer = string.sub(self.buffer, to + 1)
  self.request = request
  request.keep_alive = keeps_alive(request)
  if request.headers["transfer-encoding"] == "chunked" then
    self.state, self.chunks, self.received = "size", {}, 0
    return true
  end
  local length = request.headers["content-length"]
  self.length = length and math.tointeger(tonumber(length)) or 0
  if length and not string.find(length, "^%d+$") then
    return fail(self, 400, "no length")
  end
  if self.length > http.MAX_BODY then
    return fail(self, 413, "body too long")
  end
  self.state = "body"
  return true
end

local function complete(self, body)
  local request = self.request
  request.body, self.request = body, nil
  self.state = "head"
  self.count = self.count + 1
  self.take(request)
  return true
end

function STATES.body(self)
  if #self.buffer < self.length then
    return false
  end
  local body = string.sub(self.buffer, 1, self.length)
  self.buffer = string.sub(self.buffer, self.length + 1)
  return complete(self, body)
end

function STATES.size(self)
  local line, behind = string.match(self.buffer, "^(.-)\r?\n()")
  if not line then
    return false
  end
  local size = tonumber(string.match(line, "^%x+") or "", 16)
  if not size then
    return fail(self, 400, "no size of a chunk")
  end
  self.received = self.received + size
  if self.received > http.MAX_BODY then
    return fail(self, 413, "body too long")
  end
  self.buffer = string.sub(self.buffer, behind)
  self.size = size
  self.state = size == 0 and "trailer" or "chunk"
  return true
end

function STATES.chunk(self)
  local behind = string.match(self.buffer, "^\r?\n()", self.size + 1)
  if not behind then
    return false
  end
  self.chunks[#self.chunks + 1] = string.sub(self.buffer, 1, self.size)
  self.buffer = string.sub(self.buffer, behind)
  self.state = "size"
  return true
end

function STATES.trailer(self)
  local line, behind = string.match(self.buffer, "^(.-)\r?\n()")
  if not line then
    return false
  end
  self.buffer = string.sub(self.buffer, behind)
  if line ~= "" then
    return true
  end
  return complete(self, table.concat(self.chunks))
end

-- Takes what arrived; nil, a status and a message if it is no HTTP.
function Parser:feed(bytes)
  if self.state == "failed" then
    return nil, 400, "failed before"
  end
  self.buffer = self.buffer .. bytes
  while true do
    local going, status, message = STATES[self.state](self)
    if going == nil then
      return nil, status, message
    elseif not going then
      return true
    end
  end
end

local function header_name(name)
  return (string.gsub(name, "%f[%a]%a", string.upper))
end

-- The text of a response: status, headers and body.
function http.response(response)
  local status = response.status or 200
  local body = response.body or ""
  local names, headers = {}, {}
  for name, value in pairs(response.headers or {}) do
    headers[string.lower(name)] = value
  end
  if status ~= 204 and status ~= 304 then
    headers["content-length"] = #body
  end
  for name in pairs(headers) do
    names[#names + 1] = name
  end
  table.sort(names)
  local out = { string.format("HTTP/1.1 %d %s", status, http.REASONS[status] or "Unknown") }
  for _, name in ipairs(names) do
    out[#out + 1] = header_name(name) .. ": " .. tostring(headers[name])
  end
  out[#out + 1] = ""
  out[#out + 1] = response.head_only and "" or body
  return table.concat(out, "\r\n")
end

-- The cookies of a request.
function http.cookies(request)
  local cookies = {}
  for name, value in string.gmatch(request.headers.cookie or "", "([%w_%-]+)=([^;]*)") do
    cookies[name] = value
  end
  return cookies
end

-- Types that a client takes, the best first.
function http.accepted(header)
  local list = {}
  for part in string.gmatch(header or "*/*", "[^,]+") do
    local kind = string.match(part, "^%s*([^%s;]+)")
    local quality = tonumber(string.match(part, ";%s*q=([%d%.]+)") or "1")
    if kind and quality and quality > 0 then
      list[#list + 1] = { kind = kind, quality = quality, place = #list }
    end
  end
  table.sort(list, function(a, b)
    if a.quality ~= b.quality then
      return a.quality > b.quality
    end
    return a.place < b.place
  end)
  return list
end

return http
