-- n-body: planets under gravity, fields of records, float arithmetic.
local steps = tonumber((...)) or 150000

local PI = 3.141592653589793
local SOLAR = 4 * PI * PI
local YEAR = 365.24

local function body(x, y, z, vx, vy, vz, mass)
  return { x = x, y = y, z = z, vx = vx * YEAR, vy = vy * YEAR, vz = vz * YEAR, mass = mass * SOLAR }
end

local bodies = {
  body(0, 0, 0, 0, 0, 0, 1),
  body(4.841431442464721, -1.1603200440274284, -0.10362204447112311,
    0.001660076642744037, 0.007699011184197404, -0.0000690460016972063, 0.0009547919384243266),
  body(8.34336671824458, 4.124798564124305, -0.4035234171143214,
    -0.002767425107268624, 0.004998528012349172, 0.00002304172975737639, 0.0002858859806661308),
  body(12.894369562139131, -15.111151401698631, -0.22330757889265573,
    0.002964601375647616, 0.0023784717395948095, -0.000029658956854023756, 0.00004366244043351563),
  body(15.379697114850917, -25.919314609987964, 0.17925877295037118,
    0.0026806777249038932, 0.001628241700382423, -0.00009515922545197159, 0.00005151389020466115),
}

local function advance(list, dt)
  local count = #list
  for i = 1, count do
    local a = list[i]
    local ax, ay, az, mass = a.x, a.y, a.z, a.mass
    local vx, vy, vz = a.vx, a.vy, a.vz
    for j = i + 1, count do
      local b = list[j]
      local dx, dy, dz = ax - b.x, ay - b.y, az - b.z
      local square = dx * dx + dy * dy + dz * dz
      local mag = dt / (square * square ^ 0.5)
      local m = b.mass * mag
      vx, vy, vz = vx - dx * m, vy - dy * m, vz - dz * m
      m = mass * mag
      b.vx = b.vx + dx * m
      b.vy = b.vy + dy * m
      b.vz = b.vz + dz * m
    end
    a.vx, a.vy, a.vz = vx, vy, vz
    a.x = ax + dt * vx
    a.y = ay + dt * vy
    a.z = az + dt * vz
  end
end

local function energy(list)
  local e = 0
  for i, a in ipairs(list) do
    e = e + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, #list do
      local b = list[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      e = e - a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

local px, py, pz = 0, 0, 0
for _, b in ipairs(bodies) do
  px, py, pz = px + b.vx * b.mass, py + b.vy * b.mass, pz + b.vz * b.mass
end
bodies[1].vx, bodies[1].vy, bodies[1].vz = -px / SOLAR, -py / SOLAR, -pz / SOLAR

local before = energy(bodies)
for _ = 1, steps do advance(bodies, 0.01) end
print(string.format("nbody %.9f %.9f", before, energy(bodies)))
