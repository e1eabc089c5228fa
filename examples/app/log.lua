-- A log of the last events, in a ring of fixed size: old lines make room for new ones.
local log = {}

local LEVELS = { debug = 1, info = 2, warning = 3, error = 4 }
local NAMES = { "debug", "info", "warning", "error" }

local Log = {}
Log.__index = Log

-- A log of `size` lines that leaves out what is below `level`.
function log.new(size, level)
  if type(size) ~= "number" or size < 1 then
    error("a log has at least one line", 2)
  end
  return setmetatable({
    size = size,
    threshold = LEVELS[level or "info"] or error("no level " .. tostring(level), 2),
    lines = {},
    first = 1,
    count = 0,
    dropped = 0,
    listeners = {},
  }, Log)
end

-- Calls `listener` with every line that is kept.
function Log:listen(listener)
  self.listeners[#self.listeners + 1] = listener
  return #self.listeners
end

function Log:forget(number)
  self.listeners[number] = false
end

function Log:setlevel(level)
  local number = LEVELS[level]
  if not number then
    return nil, "no level " .. tostring(level)
  end
  self.threshold = number
  return true
end

function Log:level()
  return NAMES[self.threshold]
end

local function tell(self, line)
  for _, listener in ipairs(self.listeners) do
    if listener then
      local ok, message = pcall(listener, line)
      if not ok then
        self.failed = message
      end
    end
  end
end

local function put(self, level, text)
  local number = LEVELS[level]
  if number < self.threshold then
    return false
  end
  local line = { level = number, text = text }
  if self.count == self.size then
    self.lines[self.first] = line
    self.first = self.first % self.size + 1
    self.dropped = self.dropped + 1
  else
    local at = (self.first + self.count - 1) % self.size + 1
    self.lines[at] = line
    self.count = self.count + 1
  end
  tell(self, line)
  return true
end

function Log:debug(format, ...)
  return put(self, "debug", string.format(format, ...))
end

function Log:info(format, ...)
  return put(self, "info", string.format(format, ...))
end

function Log:warning(format, ...)
  return put(self, "warning", string.format(format, ...))
end

function Log:error(format, ...)
  return put(self, "error", string.format(format, ...))
end

-- Iterates over the lines, the oldest first: number, name of the level, text.
function Log:each()
  local index = 0
  return function()
    if index == self.count then
      return nil
    end
    local line = self.lines[(self.first + index - 1) % self.size + 1]
    index = index + 1
    return index, NAMES[line.level], line.text
  end
end

-- Number of lines of each level.
function Log:summary()
  local summary = {}
  for _, name in ipairs(NAMES) do
    summary[name] = 0
  end
  for _, name in self:each() do
    summary[name] = summary[name] + 1
  end
  summary.dropped = self.dropped
  return summary
end

function Log:clear()
  self.lines, self.first, self.count, self.dropped = {}, 1, 0, 0
end

function Log:__len()
  return self.count
end

function Log:dump(write)
  for number, level, text in self:each() do
    write(string.format("%3d %-7s %s", number, level, text))
  end
end

return log
