-- Queues: first in first out with a limit, and jobs in order of when they are due.
local queue = {}

local Fifo = {}
Fifo.__index = Fifo

-- A queue of at most `limit` items; what does not fit is refused.
function queue.fifo(limit)
  return setmetatable({ limit = limit or 32, head = 1, tail = 0, items = {}, refused = 0 }, Fifo)
end

function Fifo:push(item)
  if item == nil then
    error("nil cannot wait", 2)
  end
  if self.tail - self.head + 1 >= self.limit then
    self.refused = self.refused + 1
    return false
  end
  self.tail = self.tail + 1
  self.items[self.tail] = item
  return true
end

function Fifo:pop()
  if self.head > self.tail then
    return nil
  end
  local item = self.items[self.head]
  self.items[self.head] = nil
  self.head = self.head + 1
  if self.head > self.tail then
    self.head, self.tail = 1, 0
  end
  return item
end

function Fifo:peek()
  return self.items[self.head]
end

function Fifo:__len()
  return self.tail - self.head + 1
end

function Fifo:drain(visit)
  local count = 0
  while true do
    local item = self:pop()
    if item == nil then
      return count
    end
    visit(item)
    count = count + 1
  end
end

-- Jobs, each with the time at which it is due: a heap, the earliest on top.
local Schedule = {}
Schedule.__index = Schedule

function queue.schedule()
  return setmetatable({ heap = {}, serial = 0, failures = 0 }, Schedule)
end

local function before(a, b)
  if a.due ~= b.due then
    return a.due < b.due
  end
  return a.serial < b.serial
end

local function up(heap, index)
  while index > 1 do
    local parent = index // 2
    if not before(heap[index], heap[parent]) then
      return
    end
    heap[index], heap[parent] = heap[parent], heap[index]
    index = parent
  end
end

local function down(heap, index)
  local size = #heap
  while true do
    local least, left, right = index, 2 * index, 2 * index + 1
    if left <= size and before(heap[left], heap[least]) then
      least = left
    end
    if right <= size and before(heap[right], heap[least]) then
      least = right
    end
    if least == index then
      return
    end
    heap[index], heap[least] = heap[least], heap[index]
    index = least
  end
end

-- Runs `action` at `due`, and every `period` from then on if one is given.
function Schedule:at(due, action, period)
  self.serial = self.serial + 1
  local job = { due = due, action = action, period = period, serial = self.serial }
  local heap = self.heap
  heap[#heap + 1] = job
  up(heap, #heap)
  return job
end

local function take(heap)
  local job = heap[1]
  local last = table.remove(heap)
  if #heap > 0 then
    heap[1] = last
    down(heap, 1)
  end
  return job
end

-- Runs what is due; the number of jobs that ran, and when the next one is due.
function Schedule:run(now)
  local ran = 0
  while self.heap[1] and self.heap[1].due <= now do
    local job = take(self.heap)
    if not job.cancelled then
      ran = ran + 1
      local ok, message = pcall(job.action, job.due)
      if not ok then
        self.failures = self.failures + 1
        self.last_failure = message
      end
      if job.period and not job.cancelled then
        self:at(job.due + job.period, job.action, job.period)
      end
    end
  end
  return ran, self.heap[1] and self.heap[1].due
end

function Schedule.cancel(job)
  job.cancelled = true
end

function Schedule:__len()
  local count = 0
  for _, job in ipairs(self.heap) do
    if not job.cancelled then
      count = count + 1
    end
  end
  return count
end

return queue
