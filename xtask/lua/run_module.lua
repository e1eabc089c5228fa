-- Runs the module of a mounted image that the first argument names; the other arguments are for the module.
local name = arg[1]
local module = node.LFS.get(name) or error("no module '" .. name .. "' in the image")
-- A tail call leaves no name of this script in tracebacks.
return module(table.unpack(arg, 2))
