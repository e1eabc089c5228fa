-- A device that measures: its values by HTTP as pages and JSON, and by MQTT, driven here by its self-test.
local config = require "config"
local http = require "http"
local json = require "json"
local log = require "log"
local mqtt = require "mqtt"
local queue = require "queue"
local router = require "router"
local template = require "template"
local url = require "url"

local SETTINGS = [[
[device]
name = greenhouse
interval = 2m

[mqtt]
broker = mqtt://broker.local/
topics = set/+, time
quiet = off
]]

local PAGE = [[
<h1>{{name|upper}}</h1>
<ul>{% each sensor in sensors %}
<li>{{sensor.name}}: {{sensor.value}} {{{sensor.unit}}}{% if sensor.alarm %} !{% end %}</li>{% end %}
</ul>
]]

local function schema()
  return config.schema()
    :declare("device.name", "string", { required = true })
    :declare("device.interval", "duration", { default = 60, min = 10, max = 3600 })
    :declare("mqtt.broker", "string", { required = true })
    :declare("mqtt.topics", "list", { default = {} })
    :declare("mqtt.quiet", "boolean", { default = false })
end

local device = {
  log = log.new(8, "info"),
  schedule = queue.schedule(),
  outbox = queue.fifo(16),
  sensors = {
    { name = "air", value = 21, unit = "&deg;C", limit = 30 },
    { name = "soil", value = 48, unit = "%", limit = 80 },
    { name = "light <lux>", value = 900, unit = "lx", limit = 800 },
  },
}

local function find_sensor(name)
  for _, sensor in ipairs(device.sensors) do
    if sensor.name == name then
      return sensor
    end
  end
end

local function measure(now)
  for index, sensor in ipairs(device.sensors) do
    sensor.value = sensor.value + (now // 60 + index) % 3 - 1
    sensor.alarm = sensor.value > sensor.limit
    if sensor.alarm then
      device.log:warning("%s is at %d", sensor.name, sensor.value)
    end
    device.client:publish("greenhouse/" .. index, json.encode(sensor.value), 1)
  end
end

local function routes()
  local page = template.compile(PAGE)
  local site = router.new()
  site:get("/", function()
    return page { name = device.settings["device.name"], sensors = device.sensors }
  end)
  site:get("/api/sensors", function(request)
    local pretty = request.query.pretty ~= nil
    return { headers = { ["content-type"] = "application/json" }, body = json.encode(device.sensors, pretty) }
  end)
  site:get("/api/sensors/:name", function(request)
    local sensor = find_sensor(request.parameters.name)
    if not sensor then
      return { status = 404, body = "no sensor " .. request.parameters.name }
    end
    return { body = json.encode(sensor) }
  end)
  site:put("/api/sensors/:name", function(request)
    local sensor = find_sensor(request.parameters.name)
    local wanted, message = json.decode(request.body)
    if not sensor or not wanted then
      return { status = 400, body = message or "no sensor" }
    end
    sensor.limit = wanted.limit or sensor.limit
    return { status = 204 }
  end)
  site:get("/files/*path", function(request)
    return { status = 302, headers = { location = url.build { scheme = "http", host = "files.local", path = "/" .. request.parameters.path } } }
  end)
  site:get("/fail", function()
    error("this handler fails", 0)
  end)
  site:use(function(request, go_on)
    device.log:info("%s %s", request.method, request.path)
    return go_on()
  end)
  return site
end

-- The self-test: each part does its work, and what comes out is printed.
local function serve(site)
  local function show(request)
    local response = http.response(site:handle(request))
    print((string.gsub(response, "\r\n", "\n")))
  end
  local parser = http.parser(show)
  local stream = table.concat({
    "GET / HTTP/1.1\r\nHost: device\r\n\r\n",
    "GET /api/sensors/air HTTP/1.1\r\nHost: device\r\n\r\n",
    "PUT /api/sensors/air HTTP/1.1\r\nHost: device\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"limit\r\n7\r\n\" : 20}\r\n0\r\n\r\n",
    "GET /files/a/../b%20c.txt HTTP/1.1\r\nHost: device\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: device\r\nContent-Length: 2\r\n\r\nab",
    "GET /fail HTTP/1.1\r\nHost: device\r\n\r\n",
    "HEAD /api/sensors?pretty HTTP/1.0\n\n",
  })
  -- It arrives in pieces of every size.
  local at, size = 1, 1
  while at <= #stream do
    assert(parser:feed(string.sub(stream, at, at + size - 1)))
    at, size = at + size, size % 37 + 1
  end
  print("requests", parser.count, "hits", site.hits, "misses", site.misses)
  print("refused", http.parser(print):feed("BREW /pot HTTP/1.1\r\n\r\n"))
end

local function connect()
  local wire = {}
  local client = mqtt.client("greenhouse", function(bytes)
    wire[#wire + 1] = bytes
    device.outbox:push(bytes)
  end)
  device.client = client
  client:connect { keep_alive = 30, user = "device", will = { topic = "gone", message = "greenhouse" } }
  for _, topic in ipairs(device.settings["mqtt.topics"]) do
    client:subscribe(topic, function(name, payload)
      device.log:info("%s: %s", name, payload)
      local sensor = find_sensor(string.match(name, "^set/(.+)$"))
      if sensor then
        sensor.value = json.decode(payload)
      end
    end)
  end
  client:feed(mqtt.encode { type = "connack" })
  client:feed(mqtt.encode { type = "suback", id = 1, codes = { 0 } } .. mqtt.encode { type = "suback", id = 2, codes = { 0 } })
  local message = mqtt.encode { type = "publish", topic = "set/soil", payload = "52", qos = 1, id = 7 }
  client:feed(string.sub(message, 1, 5))
  client:feed(string.sub(message, 6))
  for _, bytes in ipairs(wire) do
    local packet = mqtt.decode(bytes)
    print("mqtt", packet.type, packet.id, #bytes)
  end
end

local function run()
  local settings, problems = schema():read(SETTINGS)
  device.settings = settings
  assert(#problems == 0, problems[1])
  io.write(schema():write(settings))
  local other = schema():read((string.gsub(SETTINGS, "2m", "90")))
  for _, change in ipairs(schema():compare(settings, other)) do
    print("changed", change.name, change.before, change.after)
  end
  local broken = "[device]\ninterval = soon\ncolour = red"
  for _, problem in ipairs(select(2, schema():read(broken))) do
    print("problem", problem)
  end
  local broker = url.parse(settings["mqtt.broker"])
  print("broker", broker.host, broker.port, broker.path)
  connect()
  device.schedule:at(0, measure, settings["device.interval"])
  device.schedule:at(200, function() error("a job fails", 0) end)
  for now = 0, 360, 60 do
    local ran, due = device.schedule:run(now)
    print("at", now, "ran", ran, "next", due)
  end
  print("failures", device.schedule.failures, device.schedule.last_failure)
  print("to send again", device.client:resend(), "waiting", #device.outbox, "refused", device.outbox.refused)
  serve(routes())
  print("decoded", json.decode('{"a": [1, 2.5, "\\u00e9\\ud83d\\ude00"], "b": null}').a[3])
  print("refused", json.decode('[1, 2\n, }'))
  for _, accepted in ipairs(http.accepted("text/html;q=0.5, application/json, */*;q=0.1")) do
    print("accepts", accepted.kind)
  end
  local summary = device.log:summary()
  print("log", summary.info, summary.warning, summary.dropped)
  device.log:dump(print)
end

run()
