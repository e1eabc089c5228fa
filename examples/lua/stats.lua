--- Ring buffers and running statistics for sensor readings.

local Ring = {}
Ring.__index = Ring

local stats = {}

--- A buffer that keeps the last `capacity` values.
function stats.ring(capacity)
  return setmetatable({ capacity = capacity, first = 1, count = 0 }, Ring)
end

--- Adds a value; returns the one that fell out, if any.
function Ring:push(value)
  local slot = (self.first + self.count - 1) % self.capacity + 1
  if self.count < self.capacity then
    self.count = self.count + 1
    self[slot] = value
    return nil
  end
  local old = self[slot]
  self[slot] = value
  self.first = self.first % self.capacity + 1
  return old
end

--- Iterates from the oldest value to the newest.
function Ring:values()
  local i = 0
  return function()
    if i < self.count then
      i = i + 1
      return self[(self.first + i - 2) % self.capacity + 1]
    end
  end
end

function Ring:__len() return self.count end

--- Count, smallest, largest, mean and median of what `values` iterates over.
function stats.summary(values)
  local list, sum = {}, 0
  for v in values do
    list[#list + 1] = v
    sum = sum + v
  end
  if #list == 0 then return nil, "no values" end
  table.sort(list)
  local middle = #list // 2
  local median = #list % 2 == 1 and list[middle + 1] or (list[middle] + list[middle + 1]) / 2
  return { count = #list, low = list[1], high = list[#list], mean = sum / #list, median = median }
end

--- An exponential average: call it with a reading, it returns the smoothed value.
function stats.smoother(weight)
  local average
  return function(reading)
    average = average and average + (reading - average) * weight or reading
    return average
  end
end

--- Counts readings in `buckets` equal steps from `low` to `high`.
function stats.histogram(values, low, high, buckets)
  local counts = {}
  for i = 1, buckets do counts[i] = 0 end
  for v in values do
    local i = (v - low) * buckets // (high - low) + 1
    i = math.tointeger(math.max(1, math.min(buckets, i)))
    counts[i] = counts[i] + 1
  end
  return counts
end

return stats
