--- A thermostat's brain: settings, simulated readings, statistics, and a web page, from five modules.

local Config = require "config"
local http = require "http"
local json = require "json"
local stats = require "stats"
local template = require "template"

print("settings")
local config = Config.new {
  ["name"] = { default = "thermostat" },
  ["target"] = { default = 20, check = function(v) return v >= 5 and v <= 30, "must be 5 to 30 degrees" end },
  ["samples"] = { default = 32 },
  ["heating"] = { default = false },
}
config:on_change(function(name, new, old) print("", name .. ": " .. tostring(old) .. " -> " .. tostring(new)) end)
local count, complaints = config:load [[
# lines of a settings file
name = "kitchen"
target = 21
samples = 48
target = 99
heating = maybe
colour = red
what is this
]]
print("", count .. " set, " .. #complaints .. " refused")
for _, complaint in ipairs(complaints) do print("", complaint) end

print("readings")
local readings, smooth = stats.ring(config:get "samples"), stats.smoother(0.25)
local temperature, seed = 15, 7
for _ = 1, 100 do
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  local noise = (seed >> 16) % 7 - 3
  config:set("heating", temperature < config:get "target" - 4 or config:get "heating" and temperature < config:get "target" + 4)
  temperature = temperature + (config:get "heating" and 1 or -1)
  readings:push(temperature + noise)
  smooth(temperature + noise)
end
local summary = stats.summary(readings:values())
print("", ("%d readings, %d to %d, mean %.2f, median %.1f, smoothed %.2f"):format(
  summary.count, summary.low, summary.high, summary.mean, summary.median, smooth(temperature)))
for i, n in ipairs(stats.histogram(readings:values(), 10, 30, 5)) do
  print("", ("%2d-%2d %s"):format(6 + 4 * i, 10 + 4 * i, ("#"):rep(n)))
end

print("web")
local page = template.compile [[
<h1>{{ name }}</h1>
<p>target {{ target }}, now {{ now }}{% if heating then %}, heating{% end %}</p>
<ul>{% for _, v in ipairs(last) do %}<li>{{ v }}</li>{% end %}</ul>
]]
local router = http.router()
  :add("GET", "/", function()
    local last = {}
    for v in readings:values() do last[#last + 1] = v end
    return 200, page {
      name = config:get "name" .. " <main>",
      target = config:get "target",
      now = temperature,
      heating = config:get "heating",
      last = { table.unpack(last, #last - 2) },
    }
  end)
  :add("GET", "/api/stats", function() return 200, json.encode { count = summary.count, low = summary.low, high = summary.high } end)
  :add("PUT", "/api/settings/:name", function(request, params)
    local body, why = json.decode(request.body)
    if not body then return 400, why end
    local ok
    ok, why = config:set(params.name, body.value)
    if not ok then return 400, why end
    return 200, json.encode { [params.name] = config:get(params.name) }
  end)
  :add("GET", "/api/broken", function() error("sensor unplugged", 0) end)

local function put(name, body)
  return ("PUT /api/settings/%s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s"):format(name, #body, body)
end
local traffic = table.concat {
  "GET / HTTP/1.1\r\nHost: kitchen\r\n\r\n",
  "GET /api/stats?pretty=no%20thanks HTTP/1.1\r\n\r\n",
  put("target", '{"value": 23}'),
  put("target", '{"value": "hot"}'),
  put("target", '{"value": }'),
  put("missing", '{"value": 1}'),
  "GET /nowhere HTTP/1.1\r\n\r\n",
  "DELETE / HTTP/1.1\r\n\r\n",
  "GET /api/broken HTTP/1.1\r\n\r\n",
  "nonsense\r\n",
}
local parser = http.parser()
for at = 1, #traffic, 13 do
  local request = parser(traffic:sub(at, at + 12))
  while request do
    local status, body = router:handle(request)
    print("", (request.method or "?") .. " " .. (request.path or "?"), status, (body:gsub("\n", " ")))
    request = parser("")
  end
end
print("", (http.response(201, json.encode(json.decode '{"list": [1, -2, true, null, "\\u00e9\\n"], "empty": {}}')):gsub("\r\n", " | ")))

print("kept", (config:dump():gsub("\n", "; ")))
