-- Lexical conventions: names, comments, short and long strings, escapes.
print("escapes", "\a\b\f\n\r\t\v\\\"\'" == '\7\8\12\10\13\9\11\92\34\39')
print("\65\066\0677", "\x41\x4a\x4A", #"\0\00\000", ("\0a"):byte(1, -1))
print("\u{48}\u{e9}\u{20AC}\u{1F600}", #"\u{10FFFF}", ("\u{7FF}\u{800}"):byte(1, -1))
print("a\z
       b\z c", 'single "double"', "double 'single'")
print("line\
break", #"line\
break")
print("[" .. "\z" .. "]")

local long = [[
first newline dropped
\n is not an escape]]
print(long, #long)
print([==[ ]] ]=] ]==], [=[[[nested]]]=], #[[

x]])
print(#[[a
b]], ([[a
b]]):byte(1, -1))

--[[ a long comment
print("not run") ]] print("after long comment")
--[==[ another
]] ]=] still inside
]==] print("after levelled comment")
---[[ this is a short comment
print("runs")
--]]
--[ not long
print("also runs") -- trailing

local _, __, _1, a_b, And, END, nilx = 1, 2, 3, 4, 5, 6, 7
print(_, __, _1, a_b, And, END, nilx)
local t = { ["end"] = 1, ["and"] = 2 }
print(t["end"], t["and"])

print(1 --[[inline]] + --[=[another]=] 2)
;;; print "semicolons" ;
print [[call with long string]]
print(type { })
local f = function(x) return x end
print(f"str", f'str', f[[str]], #f{1, 2, 3})

-- \r, \n and pairs of them all end a line; load sees them through error messages.
for _, sep in ipairs { "\n", "\r", "\r\n", "\n\r", "\n\n", "\r\r" } do
  local _, message = load("x = 1" .. sep .. "y = = 2", "=c")
  print(message)
end
print(load("return 'a\\\r\nb', [[\r\nx\r\ny\n\rz\rw]]")())
print(load("# not skipped by load") == nil)

-- Strings with every byte.
local all = {}
for i = 0, 255 do all[#all + 1] = "\\" .. i end
local s = load("return '" .. table.concat(all) .. "'")()
local ok = #s == 256
for i = 0, 255 do ok = ok and s:byte(i + 1) == i end
print("all bytes", ok)
