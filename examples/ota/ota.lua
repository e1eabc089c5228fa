--- Updates over the air: fetches an image, checks it, and starts it on trial.
--
-- The server has, beside an image `app.img`, a text `app.img.txt` with its length in bytes and its SHA-256 in hexadecimal:
--
--     12345 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
--
-- If the device has a key, the image must be signed as well: `luac-cross sign --key name.key app.img`.

local ota = {}

--- Starts of the device in which the new image must be confirmed.
ota.boots = 3

local function manifest(url)
  local length, digest, problem
  http.get(url .. '.txt', nil, function(status, body)
    if status ~= 200 then
      problem = ('no manifest: %s'):format(status == -1 and body or status)
      return
    end
    length, digest = body:match('^%s*(%d+)%s+(%x+)%s*$')
    if not length or #digest ~= 64 then problem = 'manifest is not a length and a SHA-256' end
  end)
  return tonumber(length), digest and digest:lower(), problem
end

--- Fetches the image at `url` into a file and checks it against its manifest. Gives the file's name, or nil and why not.
function ota.fetch(url)
  local length, digest, problem = manifest(url)
  if problem then return nil, problem end
  local name = 'ota.img'
  local free = file.fsinfo()
  if file.exists(name) then file.remove(name) free = file.fsinfo() end
  if length > free then return nil, ('%d bytes of files are free, the image has %d'):format(free, length) end
  local got, sum = http.download(url, name)
  if not got then return nil, sum end
  if got ~= length then problem = ('image has %d bytes, %d were promised'):format(got, length)
  elseif sum ~= digest then problem = 'image is not the one promised: its SHA-256 differs' end
  if problem then
    file.remove(name)
    return nil, problem
  end
  return name
end

--- Updates from `url` and restarts. Returns only if that cannot be: nil and why not; the device goes on as it is.
function ota.update(url)
  local name, problem = ota.fetch(url)
  if not name then return nil, problem end
  return nil, node.LFS.reload(name, ota.boots)
end

--- To be called once the program works: keeps an image that is on trial. `works` is a function that says whether it does.
function ota.confirm(works)
  if not node.LFS.trial() then return 'confirmed' end
  local ok, result = pcall(works)
  if ok and result then
    node.LFS.confirm()
    return 'confirmed'
  end
  return 'on trial', result
end

return ota
