-- Penlight and documents: data, config, xml, lapp, Date, strict, test-like checks.
local data = require "pl.data"
local stringio = require "pl.stringio"
local config = require "pl.config"
local xml = require "pl.xml"
local pretty = require "pl.pretty"
local List = require "pl.List"

local csv = [[
name,age,city,score
Ann,30,Paris,1.5
Bob,25,"New York, NY",2.25
Cid,41,Oslo,-3
Dee,19,Lima,1e2
]]
local d = data.read(stringio.open(csv), { csv = true })
print(d.fieldnames, #d, d[1][1], d[2][3], d[4][4], d:column_by_name "age", d:column_by_name "city")
d:write_row(io.stdout, d[1]) 
d:write(io.stdout)
local function query(q, ...) local r = {} for a, b in d:select(q, ...) do r[#r + 1] = tostring(a) .. (b and "/" .. tostring(b) or "") end print(q, table.concat(r, "; ")) end
query "name where age > 26"
query "name,score sort by score"
query "name where score > 1 sort by name desc"
query "city where name == 'Bob'"
for row in d:select_row "age,name where age < 40 sort by age" do io.write(row.name or tostring(row[1]), " ") end print()
print(d:copy_select "name,age where age >= 30":column_by_name "name")
print(select(2, d:select "nofield where") ~= nil, select(2, data.query(d, "name where ((")) ~= nil)
local spaces = data.read(stringio.open "# x y z\n1 2 3\n4 5 6\n7 8 9\n", { headers_ignore = true }) or data.read(stringio.open "1 2 3\n4 5 6\n7 8 9\n")
print(#spaces, spaces[2] and spaces[2][2])
local nofields = data.new({ { 1, 2 }, { 3, 4 } }, { "a", "b" })
print(nofields:column_by_name "b", nofields.fieldnames, pcall(nofields.column_by_name, nofields, "zzz"))
local odd = data.read(stringio.open "a;b\n1;x\n2;y\n", { delim = ";" })
print(odd.fieldnames, odd:column_by_name "b", odd[2][1] + 1)
local conv = data.read(stringio.open "when,amount\n2020,£10\n2021,£20\n", { csv = true, convert = { [2] = function(v) return tonumber((v:gsub("£", ""))) end } })
print(conv:column_by_name "amount", conv:column_by_name("amount"):reduce "+")

-- config
local ini = [[
# comment
top = 1
[Server]
host = localhost
port = 8080
list = a,b,c
flag = true

; another comment
[Numbers]
pi = 3.14
neg = -5
name with space = some value
]]
local c = config.read(stringio.open(ini))
print(c.top, c.Server.host, c.Server.port + 1, table.concat(c.Server.list, "+"), c.Server.flag, c.Numbers.pi, c.Numbers.neg, c.Numbers.name_with_space)
c = config.read(stringio.open(ini), { variablilize = false, convert_numbers = false, list_delim = ";" })
print(c.Server.port, type(c.Server.port), c.Server.list, c.Numbers["name with space"])
c = config.read(stringio.open "key: value\nother: 1 2 3\nlong = a \\\n  b\n", { keysep = ":", list_delim = " " })
print(c.key, type(c.other), c.other[3])
c = config.read(stringio.open "1 2 3\n4 5 6\n")
print(#c, c[2][3])
for line in config.lines(stringio.open "one \\\n two\n# skip\nthree\n") do io.write("[", line, "]") end print()

-- xml
local doc = xml.parse([[<?xml version="1.0"?>
<!-- a comment -->
<root version="1.0">
  <item id="1">first &amp; best</item>
  <item id="2">second <b>bold</b> tail</item>
  <empty/>
  <nested><a><b><c>deep</c></b></a></nested>
</root>]], false, true)
print(doc.tag, doc.attr.version, #doc, doc[1].tag)
print(doc:tostring())
print(doc:tostring("", "  "))
print(xml.tostring(doc, "", "    ", "        ", '<?xml version="1.0"?>'))
for item in doc:childtags() do io.write(item.tag, ":", item:get_text(), " ") end print()
print(doc:child_with_name "empty" ~= nil, #doc:get_elements_with_name "item", doc:get_elements_with_name("c")[1]:get_text(), doc:first_childtag().attr.id)
print(doc:match [[<root><item id="1">$text</item></root>]] and "matched" or "no match")
local res = {}
print(xml.parse("<cfg><port>80</port><host>h</host></cfg>", false, true):match("<cfg><port>$p</port><host>$h</host></cfg>", res) ~= nil)
local built = xml.new("people", { count = 2 }):addtag("person", { name = "Ann" }):text("hi <there>"):up():addtag("person", { name = "Bob" }):up()
print(tostring(built), xml.xml_escape [[<a & "b">]], xml.xml_unescape "&lt;&amp;&gt;&quot;&apos;", xml.compare(built, xml.clone(built)))
local html, body, p, b = xml.tags "html,body,p,b"
print(tostring(html { body { p { "text ", b "bold" }, p { class = "x", "more" } } }))
xml.walk(doc, false, function(tag, node) io.write(tag, "(", #node, ") ") end) print()
print(tostring(xml.elem("ul", xml.elem "li" and { xml.elem("li", "1"), xml.elem("li", "2") })))
local templ = xml.elem("row", { xml.elem("c", "$name"), xml.elem("c", "$age") })
print(tostring(templ.subst and templ.subst(templ, { { name = "Ann", age = "30" }, { name = "Bob", age = "25" } })[2]))
print(pcall(xml.parse, "<a><b></a>", false, true))
print(xml.parsehtml "<p>unclosed <br> text<img src=x.png></p>":tostring())
local big = { "<list>" }
for i = 1, 200 do big[#big + 1] = ("<e n='%d'>value %d &lt;</e>"):format(i, i * i) end
big[#big + 1] = "</list>"
local parsed, sum = xml.parse(table.concat(big), false, true), 0
for e in parsed:childtags() do sum = sum + tonumber(e.attr.n) + tonumber(e:get_text():match "%d+") end
print(#parsed, sum)

-- lapp
local lapp = require "pl.lapp"
local spec = [[
A tool.
  -v,--verbose          be noisy
  -n,--number (default 10)  a number
  -o,--output (default out.txt) file name
  -l,--level (1..5 default 3)  bounded
  -m,--mode (fast|slow default fast) one of
  <input> (string) the input
  <rest...> (default none) more
]]
local args = lapp(spec, { "-v", "-n", "42", "--mode", "slow", "in.txt", "x", "y" })
print(args.verbose, args.number, args.output, args.level, args.mode, args.input, pretty.write(args.rest, ""))
args = lapp(spec, { "--output=z", "-l5", "only" })
print(args.verbose, args.number, args.output, args.level, args.input)
lapp.quit = function(msg) error("quit: " .. tostring(msg), 0) end
lapp.error = function(msg) error("lapp: " .. tostring(msg), 0) end
for _, a in ipairs { { "-n", "abc", "in" }, { "-l", "9", "in" }, { "--bad", "in" }, {}, { "-m", "medium", "in" } } do print((select(2, pcall(lapp, spec, a)))) end

-- Date in UTC
local Date = require "pl.Date"
local df = Date.Format "yyyy-mm-dd HH:MM:SS"
local day = Date { year = 2024, month = 2, day = 28, hour = 12 }
print(day:year(), day:month(), day:day(), day:hour(), day:is_weekend(), day:last_day():day(), df:tostring(day))
day:add { day = 2 }
print(df:tostring(day), day:weekday_name(true), day:month_name(true), Date { year = 2024, month = 1, day = 1 } < day)
local parsed_date = df:parse "2021-03-04 05:06:07"
print(parsed_date:year(), parsed_date:min(), parsed_date:sec(), df:parse "not a date")
print(Date.Format "d/m/yy":tostring(parsed_date), Date.Format():parse "2020-10-11":day())

-- strict
local strict = require "pl.strict"
local mod = strict.module("mymod", { known = 1 })
print(mod.known, pcall(function() return mod.unknown end))
mod.fresh = 5
print(mod.fresh)
