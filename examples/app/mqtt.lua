-- MQTT 3.1.1: packets to bytes and back, topics and subscriptions, a client without a socket.
local mqtt = {}

local TYPES = {
  connect = 1, connack = 2, publish = 3, puback = 4, pubrec = 5, pubrel = 6, pubcomp = 7, subscribe = 8, suback = 9,
  unsubscribe = 10, unsuback = 11, pingreq = 12, pingresp = 13, disconnect = 14,
}
local NAMES = {}
for name, number in pairs(TYPES) do
  NAMES[number] = name
end

local REFUSALS = { "protocol version", "identifier", "server unavailable", "user name or password", "not authorized" }

-- The variable length: seven bits a byte, the lowest first.
local function length_bytes(length)
  local bytes = {}
  repeat
    local byte = length % 128
    length = length // 128
    if length > 0 then
      byte = byte + 128
    end
    bytes[#bytes + 1] = string.char(byte)
  until length == 0
  return table.concat(bytes)
end

local function read_length(text, at)
  local length, factor = 0, 1
  for index = at, at + 3 do
    local byte = string.byte(text, index)
    if not byte then
      return nil
    end
    length = length + byte % 128 * factor
    factor = factor * 128
    if byte < 128 then
      return length, index + 1
    end
  end
  error("length of more than four bytes", 0)
end

local function frame(name, flags, body)
  return string.char(TYPES[name] << 4 | flags) .. length_bytes(#body) .. body
end

local function text(value)
  return string.pack(">s2", value)
end

local ENCODE = {}

function ENCODE.connect(packet)
  local flags = packet.clean == false and 0 or 2
  local payload = { text(packet.client) }
  local will = packet.will
  if will then
    flags = flags | 4 | (will.qos or 0) << 3 | (will.retain and 32 or 0)
    payload[#payload + 1] = text(will.topic)
    payload[#payload + 1] = text(will.message)
  end
  if packet.user then
    flags = flags | 128
    payload[#payload + 1] = text(packet.user)
  end
  if packet.password then
    flags = flags | 64
    payload[#payload + 1] = text(packet.password)
  end
  local head = text("MQTT") .. string.pack(">BBI2", 4, flags, packet.keep_alive or 60)
  return frame("connect", 0, head .. table.concat(payload))
end

function ENCODE.publish(packet)
  local qos = packet.qos or 0
  local flags = (packet.duplicate and 8 or 0) | qos << 1 | (packet.retain and 1 or 0)
  local id = qos > 0 and string.pack(">I2", packet.id) or ""
  return frame("publish", flags, text(packet.topic) .. id .. packet.payload)
end

function ENCODE.subscribe(packet)
  local body = { string.pack(">I2", packet.id) }
  for _, wanted in ipairs(packet.topics) do
    body[#body + 1] = text(wanted.filter) .. string.char(wanted.qos or 0)
  end
  return frame("subscribe", 2, table.concat(body))
end

function ENCODE.unsubscribe(packet)
  local body = { string.pack(">I2", packet.id) }
  for _, filter in ipairs(packet.topics) do
    body[#body + 1] = text(filter)
  end
  return frame("unsubscribe", 2, table.concat(body))
end

function ENCODE.connack(packet)
  return frame("connack", 0, string.char(packet.present and 1 or 0, packet.code or 0))
end

function ENCODE.suback(packet)
  return frame("suback", 0, string.pack(">I2", packet.id) .. string.char(table.unpack(packet.codes)))
end

for _, name in ipairs { "puback", "pubrec", "pubrel", "pubcomp", "unsuback" } do
  ENCODE[name] = function(packet)
    return frame(name, name == "pubrel" and 2 or 0, string.pack(">I2", packet.id))
  end
end

for _, name in ipairs { "pingreq", "pingresp", "disconnect" } do
  ENCODE[name] = function()
    return frame(name, 0, "")
  end
end

-- The bytes of a packet.
function mqtt.encode(packet)
  local encode = ENCODE[packet.type] or error("no packet " .. tostring(packet.type), 2)
  return encode(packet)
end

local DECODE = {}

function DECODE.connack(body)
  local present, code = string.byte(body, 1, 2)
  return { present = present == 1, code = code, message = REFUSALS[code] }
end

function DECODE.publish(body, flags)
  local topic, at = string.unpack(">s2", body)
  local packet = { topic = topic, qos = flags >> 1 & 3, retain = flags & 1 == 1, duplicate = flags & 8 == 8 }
  if packet.qos > 0 then
    packet.id, at = string.unpack(">I2", body, at)
  end
  packet.payload = string.sub(body, at)
  return packet
end

function DECODE.subscribe(body)
  local id, at = string.unpack(">I2", body)
  local topics = {}
  while at <= #body do
    local filter, qos
    filter, at = string.unpack(">s2", body, at)
    qos, at = string.unpack("B", body, at)
    topics[#topics + 1] = { filter = filter, qos = qos }
  end
  return { id = id, topics = topics }
end

function DECODE.suback(body)
  return { id = (string.unpack(">I2", body)), codes = { string.byte(body, 3, -1) } }
end

function DECODE.connect(body)
  local protocol, version, flags, keep_alive, at = string.unpack(">s2BBI2", body)
  local packet = { protocol = protocol, version = version, keep_alive = keep_alive, clean = flags & 2 == 2 }
  packet.client, at = string.unpack(">s2", body, at)
  if flags & 4 == 4 then
    local will = { qos = flags >> 3 & 3, retain = flags & 32 == 32 }
    will.topic, will.message, at = string.unpack(">s2s2", body, at)
    packet.will = will
  end
  if flags & 128 == 128 then
    packet.user, at = string.unpack(">s2", body, at)
  end
  if flags & 64 == 64 then
    packet.password = string.unpack(">s2", body, at)
  end
  return packet
end

local function only_id(body)
  return { id = #body >= 2 and string.unpack(">I2", body) or nil }
end

-- Takes a packet from the front of a text: the packet and the place behind; nil if it is not complete.
function mqtt.decode(bytes, at)
  at = at or 1
  local first = string.byte(bytes, at)
  if not first then
    return nil
  end
  local length, body_at = read_length(bytes, at + 1)
  if not length or #bytes < body_at + length - 1 then
    return nil
  end
  local name = NAMES[first >> 4] or error("no packet " .. (first >> 4), 0)
  local body = string.sub(bytes, body_at, body_at + length - 1)
  local packet = (DECODE[name] or only_id)(body, first & 15)
  packet.type = name
  return packet, body_at + length
end

-- Whether a filter with `+` and `#` takes a topic.
function mqtt.matches(filter, topic)
  if string.find(topic, "^%$") and string.find(filter, "^[+#]") then
    return false
  end
  local rest = topic .. "/"
  for level in string.gmatch(filter .. "/", "(.-)/") do
    if level == "#" then
      return true
    end
    local part, behind = string.match(rest, "^(.-)/(.*)$")
    if not part or (level ~= "+" and level ~= part) then
      return false
    end
    rest = behind
  end
  return rest == ""
end

local Client = {}
Client.__index = Client

-- A client that hands bytes to `send` and messages to the functions that subscribed.
function mqtt.client(name, send)
  return setmetatable({ name = name, send = send, buffer = "", handlers = {}, pending = {}, last_id = 0 }, Client)
end

local function new_id(self)
  repeat
    self.last_id = self.last_id % 65535 + 1
  until not self.pending[self.last_id]
  return self.last_id
end

local function put(self, packet)
  self.send(mqtt.encode(packet))
end

function Client:connect(options)
  local packet = { type = "connect", client = self.name }
  for key, value in pairs(options or {}) do
    packet[key] = value
  end
  put(self, packet)
end

function Client:subscribe(filter, handler, qos)
  self.handlers[#self.handlers + 1] = { filter = filter, call = handler }
  local packet = { type = "subscribe", id = new_id(self), topics = { { filter = filter, qos = qos or 0 } } }
  self.pending[packet.id] = packet
  put(self, packet)
end

function Client:publish(topic, payload, qos, retain)
  local packet = { type = "publish", topic = topic, payload = payload, qos = qos or 0, retain = retain }
  if packet.qos > 0 then
    packet.id = new_id(self)
    self.pending[packet.id] = packet
  end
  put(self, packet)
end

local ON = {}

function ON.connack(self, packet)
  self.connected = packet.code == 0
  self.refused = packet.message
end

function ON.publish(self, packet)
  for _, handler in ipairs(self.handlers) do
    if mqtt.matches(handler.filter, packet.topic) then
      handler.call(packet.topic, packet.payload)
    end
  end
  if packet.qos == 1 then
    put(self, { type = "puback", id = packet.id })
  elseif packet.qos == 2 then
    put(self, { type = "pubrec", id = packet.id })
  end
end

local function settle(self, packet)
  self.pending[packet.id] = nil
end

ON.puback, ON.pubcomp, ON.suback, ON.unsuback = settle, settle, settle, settle

function ON.pubrec(self, packet)
  put(self, { type = "pubrel", id = packet.id })
end

function ON.pubrel(self, packet)
  put(self, { type = "pubcomp", id = packet.id })
end

-- Takes what arrived; the number of packets that were complete.
function Client:feed(bytes)
  self.buffer = self.buffer .. bytes
  local count, at = 0, 1
  while true do
    local packet, behind = mqtt.decode(self.buffer, at)
    if not packet then
      break
    end
    count, at = count + 1, behind
    local handle = ON[packet.type]
    if handle then
      handle(self, packet)
    end
  end
  self.buffer = string.sub(self.buffer, at)
  return count
end

-- Sends again what was not settled, after a connection was lost.
function Client:resend()
  local ids = {}
  for id in pairs(self.pending) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  for _, id in ipairs(ids) do
    local packet = self.pending[id]
    packet.duplicate = packet.type == "publish" or nil
    put(self, packet)
  end
  return #ids
end

return mqtt
