-- argparse: options, flags, commands, usage and help texts, completions, errors.
local argparse = require "argparse"

local function show(v)
  if type(v) ~= "table" then return tostring(v) end
  local r, n = {}, 0
  while v[n + 1] ~= nil do n = n + 1 r[n] = show(v[n]) end
  local keys = {}
  for k in pairs(v) do if not (math.type(k) == "integer" and k <= n) then keys[#keys + 1] = tostring(k) end end
  table.sort(keys)
  for _, k in ipairs(keys) do r[#r + 1] = k .. "=" .. show(v[k]) end
  return "{" .. table.concat(r, ", ") .. "}"
end
local function run(parser, line)
  local args = {}
  for w in line:gmatch "%S+" do args[#args + 1] = w end
  local ok, result = parser:pparse(args)
  print(line, ok and show(result) or "error: " .. result)
end

local parser = argparse("prog", "A program.", "See the manual for more.")
parser:argument("input", "Input file."):args "1"
parser:argument("rest", "More files."):args "*"
parser:option("-o --output", "Output file.", "a.out")
parser:option("-I --include", "Include locations."):count "*"
parser:option("-l --level", "A level."):convert(tonumber):default "3":choices { "1", "2", "3" }
parser:option("--pair", "Two values."):args(2):argname { "<key>", "<value>" }
parser:option("--optional-arg"):args "?"
parser:option("--many"):args "1+"
parser:flag("-v --verbose", "Sets verbosity level."):count "0-2":target "verbosity"
parser:flag("-q --quiet"):hidden(true)
parser:flag("--no-color"):action "store_false":target "color"
parser:option "--hook":action(function(args, name, value) table.insert(args[name], 1, value:upper()) end):count "*"
parser:option("--set"):convert(function(s) local k, v = s:match "^(%w+)=(%w+)$" if not k then return nil, "malformed pair '" .. s .. "'" end return { k = k, v = v } end):count "*":action "concat"
parser:option "--append":action "append":init { "first" }
print(parser:get_usage())
print(parser:get_help())
for _, l in ipairs {
  "in", "in a b c", "in -o out", "in -oout", "in --output=x", "in --output x -I a -I b --include=c", "in -vv", "in -v -v -v", "in -l 2", "in -l 9", "in -l x",
  "in --pair a b", "in --pair a", "in --optional-arg", "in --optional-arg x", "in --many 1 2 3", "in --many", "", "--unknown in", "in -x", "in -- -o --output", "in --no-color",
  "in --hook a --hook b", "in --set a=1", "in --set bad", "in --append x --append y", "in -q", "in --verb", "in --outpt x", "in -vvo out", "in --quiet=1", "in --output",
} do run(parser, l) end

local git = argparse("git-like"):command_target "command":require_command(true)
git:flag "-p --paginate"
local add = git:command("add a", "Add files.")
add:argument "paths":args "+"
add:flag "-n --dry-run"
local commit = git:command("commit", "Record changes.", "More on commits.")
commit:option("-m --message", "Message."):count(1)
commit:flag "--amend"
commit:mutex(commit:flag "--signed", commit:flag "--unsigned")
local remote = git:command "remote"
remote:command_target "sub"
remote:command "add":argument "name"
remote:command "remove":argument "name"
print(git:get_usage())
print(git:get_help())
print(commit:get_help())
print(remote:get_usage())
for _, l in ipairs {
  "add x y", "a -n x", "add", "commit -m msg", "commit", "commit -m a -m b", "commit -m a --signed --unsigned", "remote add origin", "remote remove x", "remote", "remote nope",
  "", "ad x", "-p add x", "add x -p", "comit -m x",
} do run(git, l) end

local wide = argparse("wide"):help_max_width(60):help_description_margin(20):usage_max_width(50):usage_margin(4)
wide:option("--long-option-name", ("A long description that has to be wrapped over several lines. "):rep(3)):argname "<value>"
wide:option("-s", "Short one.")
wide:group("Special options", wide:flag("--alpha", "First."), wide:flag("--beta", "Second."))
wide:mutex(wide:flag "--one", wide:flag "--two")
wide:epilog "An epilog."
print(wide:get_usage())
print(wide:get_help())
local def = argparse "defaults"
def:option "-a":default "x":defmode "arg"
def:option "-b":default "y":defmode "unused"
def:option "-c":args(2):default "z":count "*"
def:argument "d":default "dd":args "?"
for _, l in ipairs { "", "-a", "-a 1", "-b 2 pos", "-c 1 2 -c 3 4", "one two" } do run(def, l) end
local tail = argparse "tail":handle_options(true)
tail:argument "cmd"
tail:argument "args":args "*"
tail:add_help "-?"
run(tail, "ls a b")
run(tail, "ls -- -x")
local p2 = argparse { name = "table-style", description = "Configured by a table.", add_help = false }
p2:option { name = "-f --from", args = 1, default = "start", description = "From." }
print(p2:get_help())
run(p2, "-f x")
run(p2, "-h")
local comp = argparse "comp":add_complete()
comp:flag("-x --xx", "An x.")
comp:option("-k --kind", "A kind."):choices { "a", "b" }
comp:command("sub", "A sub."):flag "--deep"
print(comp:get_bash_complete())
print(comp:get_fish_complete())
print(comp:get_zsh_complete())
