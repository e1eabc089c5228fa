-- Runs the module of the image that the first argument names, between marks and with its instructions counted.
local name = ...
local module = LFS[name] or error("no module '" .. name .. "' in the image")
print("<begin>")
local low, high = device.instructions()
local ok, message = pcall(module, select(2, ...))
local low_after, high_after = device.instructions()
low, high = low_after - low, high_after - high
if low < 0 then low, high = low + (1 << 30), high - 1 end
print("<end> " .. tostring(ok) .. " " .. high .. " " .. low .. " " .. tostring(message))
