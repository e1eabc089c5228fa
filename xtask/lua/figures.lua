-- Prints figures of this device, a line each. The image also holds a program as text (`_text`) and compiled (`_program`).
local function used()
  collectgarbage()
  collectgarbage()
  return math.tointeger(collectgarbage("count") * 1024)
end

local function figure(name, value) print("figure " .. name .. " " .. value) end

local function counted(f, ...)
  local before = device.instructions()
  local result = f(...)
  return (device.instructions() - before) & 0x3fffffff, result
end

-- The first of each kind pays for what the state keeps from then on.
local before = used()
before = used()
local module = LFS._program
figure("heap of a fetched module", used() - before)
module = nil
before = used()
local program = LFS._program()
figure("heap of a 500-line program from LFS", used() - before)
program = nil
local text = LFS._text()
before = used()
program = load(text, "=program")()
figure("heap of a 500-line program from source", used() - before)
program = nil
if not device then return end

local function nothing() end
local function fetch() return LFS._program end
local idle = counted(nothing)
figure("instructions to fetch a module", counted(fetch) - idle)

-- A mixed heap, then every step of three cycles.
local live = {}
for i = 1, 150 do
  live[i] = { i, name = "name" .. i, call = function() return i end }
end
live.weak = setmetatable({}, { __mode = "k" })
live.thread = coroutine.wrap(function() coroutine.yield(live) end)
live.thread()
local function step() return collectgarbage("step", 0) end
used()
local worst = 0
for _ = 1, 3 do
  repeat
    local count, finished = counted(step)
    if count > worst then worst = count end
  until finished
end
figure("instructions of the worst step of the collector", worst - idle)
