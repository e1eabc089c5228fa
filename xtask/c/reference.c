/* The reference interpreter with 32-bit numbers, as a command: runs a script with its arguments. */
#include <stdio.h>
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

static int run(lua_State *L, int argc, char **argv) {
  int i;
  lua_createtable(L, argc, 0);
  for (i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - 1);
  }
  lua_setglobal(L, "arg");
  lua_pushcfunction(L, traceback);
  if (luaL_loadfile(L, argv[1]) != LUA_OK) return 0;
  for (i = 2; i < argc; i++) lua_pushstring(L, argv[i]);
  return lua_pcall(L, argc - 2, 0, -(argc - 2) - 2) == LUA_OK;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  int done;
  if (L == NULL || argc < 2) {
    fputs("usage: reference script.lua [argument...]\n", stderr);
    return 2;
  }
  luaL_openlibs(L);
  done = run(L, argc, argv);
  if (!done) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return !done;
}
