-- Encoders and decoders: dkjson, MessagePack, basexx, inifile.
package.preload.lpeg = function() error("lpeg is not used here", 0) end
local json = require "dkjson"
local mp = require "MessagePack"
local basexx = require "basexx"

local function sorted(t) local r = {} for k in pairs(t) do r[#r + 1] = k end table.sort(r, function(a, b) return tostring(a) < tostring(b) end) return r end
local function equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for k, v in pairs(a) do if not equal(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

-- dkjson
print(json.version, json.using_lpeg)
for _, v in ipairs { 1, -1.5, 1e20, 0.1, "text", "quote \" back \\ slash / nl \n tab \t ctl \1 é 😀 \u{2028}", true, false, json.null, {}, { 1, 2, 3 }, { a = 1 }, { 1, { 2, { 3 } } }, setmetatable({}, { __jsontype = "object" }), setmetatable({}, { __jsontype = "array" }), { [1] = "a", [3] = "c" }, { ["key \"x\""] = {} } } do
  print(json.encode(v))
end
local doc = { name = "doc", list = { 1, 2.5, "three", false, json.null }, nested = { a = { b = { c = {} } } }, empty = {} }
local order = { "name", "list", "nested", "empty" }
print(json.encode(doc, { keyorder = order }))
print(json.encode(doc, { indent = true, keyorder = order }))
print(json.encode(doc, { indent = true, level = 2, keyorder = order }))
print(json.encode({ 1 / 0, -1 / 0 }), json.encode(0 / 0), pcall(json.encode, print))
print(pcall(json.encode, { [{}] = 1 })) print(json.encode(setmetatable({}, { __tojson = function() return '"custom"' end })))
local cycle = {} cycle.self = cycle
print(pcall(json.encode, cycle))
print(json.encode({ f = print }, { exception = function(reason, value, state, message) return '"' .. reason .. '"' end }))
local opts = { buffer = {}, bufferlen = 0 }
print(json.encode({ 1, 2 }, opts), table.concat(opts.buffer))
print(json.quotestring "a\"b", json.encode(setmetatable({ 3, 1, 2 }, { __jsonorder = { 2 } })))
local function dump(v)
  if type(v) ~= "table" then return v == json.null and "null" or type(v) == "string" and ("%q"):format(v) or tostring(v) end
  local r = {}
  for _, k in ipairs(sorted(v)) do r[#r + 1] = tostring(k) .. ":" .. dump(v[k]) end
  return "{" .. table.concat(r, " ") .. "}"
end
for _, s in ipairs { "1", "-0.5e2", "1E+2", '"str"', '"\\u00e9\\n\\"\\\\\\/\\ud83d\\ude00\\b\\f\\r\\t"', "true", "null", "[]", "{}", "[1, [2, [3, []]], {}]", '{"a": {"b": [1, 2, {"c": null}]}, "d": "e"}', " [ 1 , 2 ] ", "[1,]", "[1 2]", '{"a" 1}', '{"a":}', '{a:1}', '"unterminated', "[", "tru", "", "nul", '"bad \\x escape"', "01", "1.", "[1]trailing", "/* comment */ 5", "// line\n[1]" } do
  local v, pos, err = json.decode(s, 1, json.null)
  print(s, dump(v), pos, err)
end
print(dump(json.decode("[null, 1]")), dump(json.decode('x{"a":1}', 2)), getmetatable(json.decode "{}").__jsontype, getmetatable(json.decode "[]").__jsontype)
local big = { records = {} }
for i = 1, 300 do big.records[i] = { id = i, name = "name" .. i, tags = { "t" .. i % 7, "u" .. i % 5 }, ratio = i / 8, on = i % 2 == 0 } end
local text = json.encode(big)
local back = json.decode(text)
print(#text, equal(big, back), #json.encode(back, { indent = true }))
for _ = 1, 5 do back = json.decode(json.encode(back)) end
print(equal(big, back))

-- MessagePack
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
for _, v in ipairs { 0, 1, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, -1, -32, -33, -128, -129, -32768, -32769, -2147483648, -2147483649, math.maxinteger, math.mininteger, 1.5, -0.1, true, false, "", "short", ("x"):rep(31), ("x"):rep(32), {}, { 1, 2, 3 }, { a = 1 }, { { {} } } } do
  local p = mp.pack(v)
  local u = mp.unpack(p)
  print(#p < 20 and hex(p) or #p, equal(u, v), math.type(u) or type(u))
end
print(hex(mp.pack(nil)), mp.unpack(mp.pack(nil)), hex(mp.pack(("y"):rep(300))):sub(1, 10), #mp.pack(("z"):rep(70000)))
local arr = {}
for i = 1, 20 do arr[i] = i end
print(hex(mp.pack(arr)), equal(mp.unpack(mp.pack(arr)), arr))
mp.set_number "float" mp.set_string "binary" mp.set_array "with_hole"
print(hex(mp.pack(1.5)), hex(mp.pack "bin"), hex(mp.pack { 1, nil, 3 }))
mp.set_number "double" mp.set_string "string_compat" mp.set_array "without_hole"
print(equal(mp.unpack(mp.pack(big)), big), #mp.pack(big) < #text)
local stream = mp.pack(1) .. mp.pack "two" .. mp.pack { 3 }
for at, v in mp.unpacker(stream) do io.write(at, "=", type(v) == "table" and v[1] or v, " ") end print()
print(pcall(mp.unpack, "\xc1"), pcall(mp.unpack, "\xa5abc"), pcall(mp.pack, print))
print(pcall(mp.unpack, 5))

-- basexx
for _, s in ipairs { "", "f", "fo", "foo", "foob", "fooba", "foobar", "\0\255\127 bin", "any carnal pleasure." } do
  io.write(basexx.to_bit(s):sub(1, 16), " ", basexx.to_hex(s), " ", basexx.to_base32(s), " ", basexx.to_base64(s), " ", basexx.to_url64(s), " ", basexx.to_crockford(s), "\n")
  assert(basexx.from_hex(basexx.to_hex(s)) == s and basexx.from_base32(basexx.to_base32(s)) == s and basexx.from_base64(basexx.to_base64(s)) == s)
  assert(basexx.from_url64(basexx.to_url64(s)) == s and basexx.from_bit(basexx.to_bit(s)) == s and basexx.from_crockford(basexx.to_crockford(s)) == s)
end
print(basexx.to_z85 "HelloWor", basexx.from_z85(basexx.to_z85 "12345678"), basexx.from_base64("Zm9v\nYmFy", "\n"), basexx.from_hex("zz"), basexx.from_base64 "!!!")
local every = {}
for i = 0, 255 do every[i + 1] = string.char(i) end
every = table.concat(every)
print(#basexx.to_base64(every), basexx.from_base64(basexx.to_base64(every)) == every, basexx.from_base32(basexx.to_base32(every)) == every, basexx.from_z85(basexx.to_z85(every)) == every)

-- inifile
local inifile = require "inifile"
local conf = inifile.parse("; leading comment\n[first]\nname=value\nnumber=42\nflag=true\n\n[second section]\n; note\nkey = with spaces \npath=/a/b\n", "memory")
print(conf.first.name, conf.first.number + 1, conf.first.flag, conf["second section"].path, conf["second section"]["key"])
print(inifile.save("memory", conf, "memory"))
