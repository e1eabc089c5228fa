-- URLs: taking them apart, putting them together, and the encodings in them.
local url = {}

local function hex(byte)
  return string.format("%%%02X", string.byte(byte))
end

local function unhex(digits)
  return string.char(tonumber(digits, 16))
end

-- Escapes everything but unreserved characters.
function url.escape(text)
  return (string.gsub(text, "[^%w%-%._~]", hex))
end

-- Escapes what may not stand in a path; slashes stay.
function url.escape_path(path)
  return (string.gsub(path, "[^%w%-%._~/]", hex))
end

function url.unescape(text)
  return (string.gsub(text, "%%(%x%x)", unhex))
end

-- As in forms: a plus is a blank.
function url.unescape_form(text)
  return url.unescape((string.gsub(text, "%+", " ")))
end

-- A query as a table; a name that occurs more than once has a list.
function url.parse_query(query)
  local fields = {}
  for part in string.gmatch(query, "[^&;]+") do
    local name, value = string.match(part, "^([^=]*)=(.*)$")
    name, value = url.unescape_form(name or part), url.unescape_form(value or "")
    local old = fields[name]
    if old == nil then
      fields[name] = value
    elseif type(old) == "table" then
      old[#old + 1] = value
    else
      fields[name] = { old, value }
    end
  end
  return fields
end

local function sorted_names(fields)
  local names = {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- A table as a query, in order of the names.
function url.build_query(fields)
  local parts = {}
  local function add(name, value)
    parts[#parts + 1] = url.escape(name) .. "=" .. url.escape(tostring(value))
  end
  for _, name in ipairs(sorted_names(fields)) do
    local value = fields[name]
    if type(value) == "table" then
      for _, item in ipairs(value) do
        add(name, item)
      end
    else
      add(name, value)
    end
  end
  return table.concat(parts, "&")
end

local PORTS = { http = 80, https = 443, mqtt = 1883, mqtts = 8883 }

-- Scheme, user, host, port, path, query and fragment.
function url.parse(text)
  local rest, result = text, {}
  rest = string.gsub(rest, "#(.*)$", function(fragment)
    result.fragment = url.unescape(fragment)
    return ""
  end)
  rest = string.gsub(rest, "%?(.*)$", function(query)
    result.query = query
    return ""
  end)
  local scheme, behind = string.match(rest, "^(%a[%w+.-]*)://(.*)$")
  if scheme then
    result.scheme, rest = string.lower(scheme), behind
    local authority, path = string.match(rest, "^([^/]*)(.*)$")
    local user, place = string.match(authority, "^(.*)@(.*)$")
    result.user, authority = user, place or authority
    local host, port = string.match(authority, "^(.*):(%d+)$")
    result.host = string.lower(host or authority)
    result.port = tonumber(port) or PORTS[result.scheme]
    rest = path
    if result.host == "" then
      return nil, "no host"
    end
  end
  result.path = rest == "" and "/" or url.unescape(rest)
  return result
end

function url.build(parts)
  local text = ""
  if parts.scheme then
    text = parts.scheme .. "://"
    if parts.user then
      text = text .. parts.user .. "@"
    end
    text = text .. parts.host
    if parts.port and parts.port ~= PORTS[parts.scheme] then
      text = text .. ":" .. parts.port
    end
  end
  text = text .. url.escape_path(parts.path or "/")
  if parts.query then
    text = text .. "?" .. parts.query
  end
  if parts.fragment then
    text = text .. "#" .. url.escape(parts.fragment)
  end
  return text
end

-- Takes `.` and `..` out of a path; never leads above the root.
function url.normalize(path)
  local parts = {}
  for part in string.gmatch(path, "[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  local normal = "/" .. table.concat(parts, "/")
  if #parts > 0 and string.sub(path, -1) == "/" then
    normal = normal .. "/"
  end
  return normal
end

return url
