//! The examples of the paper on LFS, and the techniques it describes.

use super::{device, support::Scene};

const PARTITIONS: &str = "do
local s,p={},node.getpartitiontable()
for _,k in ipairs{'lfs_addr','lfs_size','spiffs_addr','spiffs_size'} do
s[#s+1] ='%s = 0x%06x' % {k, p[k]}
end
print ('{ %s }' % table.concat(s,', '))
end
";

/// A start module in the manner of those that users of LFS have: `LFS.name`, and a loader for `require`; for both
/// versions of Lua that such firmware runs.
const INIT: &str = r#"
local index = node.LFS and node.LFS.get or node.flashindex
local G = _ENV or getfenv()
local access
if _VERSION == 'Lua 5.1' or five_one then
  access = {
    __index = function(_, name)
      local fn, base, mapped, size, names = node.flashindex(name)
      if not base then return fn
      elseif name == '_time' then return fn
      elseif name == '_config' then return {lfs_base = base, lfs_mapped = mapped, lfs_size = size}
      elseif name == '_list' then return names
      end
    end,
    __newindex = function(_, name) error('LFS is readonly. Invalid write to LFS.' .. name, 2) end,
  }
  setmetatable(access, access)
else
  access = node.LFS
end
G.LFS = access
package.loaders[3] = function(module)
  return index(module)
end
local load_file, do_file = loadfile, dofile
G.loadfile = function(name)
  if file.exists(name) then return load_file(name) end
  local module = name:match('(.*)%.l[uc]a?$')
  local fn = module and index(module)
  return fn or error(("Cannot find '%s' in FS or LFS"):format(name))
end
G.dofile = function(name) return G.loadfile(name)() end
"#;

fn scene(extra: &[(&str, &str)]) -> Scene {
    let mut files = vec![
        ("_init.lua", INIT),
        ("where.lua", "return 'flash'"),
        (
            "greet.lua",
            "local who = ... return 'hello ' .. tostring(who)",
        ),
    ];
    files.extend_from_slice(extra);
    let scene = Scene::new(&files);
    let names: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    scene
        .run(&format!("-f -o lfs.img {}", names.join(" ")))
        .ok();
    scene
}

#[test]
fn partition_table_is_shown_and_set() {
    let scene = Scene::new(&[]);
    let typed = format!(
        "{PARTITIONS}node.setpartitiontable{{ lfs_addr = 0x110000, lfs_size = 0x080000,\n\
         spiffs_addr = 0x200000, spiffs_size = 0x100000 }}\n{PARTITIONS}"
    );
    assert_eq!(
        device(&scene, "", &typed),
        "{ lfs_addr = 0x110000, lfs_size = 0x0c0000, spiffs_addr = 0x1f0000, spiffs_size = 0x210000 }\n\
         { lfs_addr = 0x110000, lfs_size = 0x080000, spiffs_addr = 0x200000, spiffs_size = 0x100000 }\n"
    );
}

#[test]
fn functions_by_name_properties_and_protection() {
    for five_one in ["", "five_one = true LFS = nil node.flashindex('_init')()\n"] {
        let scene = scene(&[]);
        let typed = format!(
            "{five_one}LFS.greet('you')\n\
             LFS._list[1], #LFS._list\n\
             type(LFS._time), LFS._time == node.LFS.time\n\
             LFS._config.lfs_base == node.LFS.config.lfs_base\n\
             LFS.nothing\n\
             pcall(function() LFS.x = 1 end)\n"
        );
        let out = device(&scene, "--load lfs.img", &typed);
        let lines: Vec<_> = out.lines().collect();
        assert_eq!(
            lines[..5],
            ["hello you", "_init\t3", "number\ttrue", "true", "nil"]
        );
        assert!(
            lines[5].starts_with("false\t") && lines[5].contains("LFS"),
            "{}",
            lines[5]
        );
    }
}

#[test]
fn files_win_over_flash_until_the_loaders_are_swapped() {
    let scene = scene(&[]);
    let typed = "package.loaders[1] ~= nil and package.loaders[3] ~= nil
file.putcontents('where.lua', 'return [[file]]')
require 'where'
package.loaded.where = nil
do local pl = package.loaders; pl[1],pl[3] = pl[3],pl[1]; end
require 'where'
package.loaded.where = nil
do local pl = package.loaders; pl[1],pl[3] = pl[3],pl[1]; end
require 'where'
dofile 'greet.lua'
dofile 'where.lua'
";
    assert_eq!(
        device(&scene, "--load lfs.img", typed),
        "true\ntrue\nfile\nflash\nfile\nhello nil\nfile\n"
    );
}

#[test]
fn strings_of_ram_are_listed_and_moved_to_flash() {
    let list = "do
local a=debug.getstrings'RAM'
for i =1, #a do a[i] = ('%q'):format(a[i]) end
print ('local preload='..table.concat(a,','))
end
";
    let use_it = "temperature_of_the_room, humidity_of_the_room = 1, 2\n";
    let plain = scene(&[]);
    let typed = format!("{use_it}{list}");
    let before = device(&plain, "--load lfs.img", &typed);
    let line = before
        .lines()
        .find(|line| line.starts_with("local preload="))
        .unwrap();
    assert!(line.contains("\"temperature_of_the_room\""), "{line}");
    // The line goes into a module that nothing calls.
    let preload = line.replace("local preload=", "local preload={") + "}";
    let moved = scene(&[("LFS_dummy_strings.lua", &preload)]);
    let typed = format!(
        "{typed}do local n = 0 for _, s in ipairs(debug.getstrings'ROM') do if s:find('_of_the_room') then n = n + 1 end end print(n) end\n"
    );
    let after = device(&moved, "--load lfs.img", &typed);
    let line = after
        .lines()
        .find(|line| line.starts_with("local preload="))
        .unwrap();
    assert!(!line.contains("_of_the_room"), "{line}");
    assert!(after.ends_with("2\n"), "{after}");
}

#[test]
fn start_with_an_empty_store_is_no_panic_loop() {
    let scene = Scene::new(&[(
        "init.lua",
        "local ok, err = pcall(node.flashindex('_init'))\nprint(ok, err)\nif not ok then print 'reload the LFS' end",
    )]);
    assert_eq!(
        device(
            &scene,
            "--put init.lua",
            "type(node.flashindex('_init'))\nnode.LFS.get('_init')\nnode.LFS.list()\n"
        ),
        "false\tattempt to call a nil value\nreload the LFS\nnil\nnil\nnil\n"
    );
}

#[test]
fn images_are_reloaded_from_files_by_old_and_new_names() {
    let scene = scene(&[]);
    scene.run("-f -o second.img where.lua").ok();
    let typed = "node.LFS.list()
node.flashreload('lfs.img')
#node.LFS.list()
node.LFS.reload('second.img')
#node.LFS.list()
";
    assert_eq!(
        device(&scene, "--put lfs.img --put second.img", typed),
        "nil\n3\n1\n"
    );
}

#[test]
fn flashindex_without_a_module_gives_five_values() {
    let scene = scene(&[]);
    let out = device(
        &scene,
        "--load lfs.img",
        "node.flashindex()\nselect('#', node.flashindex('where'))\nnode.flashindex('where')()\n",
    );
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[0].split('\t').count(), 5, "{out}");
    assert_eq!(lines[1..], ["1", "flash"]);
}

#[test]
fn sources_compiled_on_the_device_run() {
    let scene = Scene::new(&[("m.lua", "return 'compiled ' .. tostring((...))")]);
    let typed = "node.compile('m.lua')\nfile.remove('m.lua')\ndofile('m.lc')\nrequire 'm'\n";
    assert_eq!(
        device(&scene, "--put m.lua", typed),
        "compiled nil\ncompiled m\n"
    );
}
