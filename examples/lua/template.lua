--- Text templates: `{{ expression }}` is replaced by its value, `{% code %}` is run.

local template = {}

local function escape_html(value)
  return (tostring(value):gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

--- Compiles a template into a function of an environment. `{{ }}` escapes HTML, `{{{ }}}` does not.
function template.compile(text, name)
  local code = { "local _out, _escape = ...\n" }
  local at = 1
  while true do
    local from, to, kind = text:find("{([{%%])", at)
    if not from then break end
    if from > at then code[#code + 1] = ("_out[#_out + 1] = %q\n"):format(text:sub(at, from - 1)) end
    local body, past
    if kind == "%" then
      body, past = text:match("^{%%(.-)%%}\n?()", from)
      code[#code + 1] = (body or "") .. "\n"
    elseif text:sub(to + 1, to + 1) == "{" then
      body, past = text:match("^{{{(.-)}}}()", from)
      code[#code + 1] = ("_out[#_out + 1] = tostring(%s)\n"):format(body)
    else
      body, past = text:match("^{{(.-)}}()", from)
      code[#code + 1] = ("_out[#_out + 1] = _escape(%s)\n"):format(body)
    end
    if not past then return nil, "unclosed tag at byte " .. from end
    at = past
  end
  code[#code + 1] = ("_out[#_out + 1] = %q\n"):format(text:sub(at))
  local source = table.concat(code)
  return function(environment)
    local scope = setmetatable({}, { __index = function(_, k)
      local v = environment[k]
      if v == nil then v = _G[k] end
      return v
    end })
    local chunk, why = load(source, "=" .. (name or "template"), "t", scope)
    if not chunk then return nil, why end
    local out = {}
    local ok, e = pcall(chunk, out, escape_html)
    if not ok then return nil, e end
    return table.concat(out)
  end
end

--- Compiles and renders at once.
function template.render(text, environment)
  local render, why = template.compile(text)
  if not render then return nil, why end
  return render(environment)
end

return template
