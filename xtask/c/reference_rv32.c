/* The reference implementation on an emulated rv32 core: runs the script run.lua of the working directory, which the
   emulator's semihosting reads. The global table `device` counts instructions as the firmwares do. */
#include <stdint.h>
#include <stdio.h>
#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static uint64_t count(void) {
  uint32_t high, low, again;
  do {
    __asm__ volatile(".option push\n\t.option arch, +zicsr\n\t"
                     "csrr %0, minstreth\n\tcsrr %1, minstret\n\tcsrr %2, minstreth\n\t.option pop"
                     : "=r"(high), "=r"(low), "=r"(again));
  } while (high != again);
  return (uint64_t)high << 32 | low;
}

/* The library's host has no files to rename. */
int rename(const char *from, const char *to) {
  (void)from;
  (void)to;
  return -1;
}

/* Instructions since reset, modulo 2^30 and divided by it. */
static int instructions(lua_State *L) {
  uint64_t n = count();
  lua_pushinteger(L, (lua_Integer)(n & 0x3fffffff));
  lua_pushinteger(L, (lua_Integer)(n >> 30));
  return 2;
}

int main(void) {
  lua_State *L = luaL_newstate();
  if (L == NULL) return 1;
  luaL_openlibs(L);
  lua_gc(L, LUA_GCCOLLECT, 0);
  printf("heap in use %d bytes\n", lua_gc(L, LUA_GCCOUNT, 0) * 1024 + lua_gc(L, LUA_GCCOUNTB, 0));
  lua_newtable(L);
  lua_pushcfunction(L, instructions);
  lua_setfield(L, -2, "instructions");
  lua_setglobal(L, "device");
  if (luaL_dofile(L, "run.lua") != LUA_OK) {
    printf("%s\n", lua_tostring(L, -1));
    return 1;
  }
  return 0;
}
