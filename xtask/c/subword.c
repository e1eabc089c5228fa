/* A plugin of the emulator: counts, by the address of the instruction, loads of less than a word from a range of addresses.
   Options: from=ADDRESS,to=ADDRESS,out=FILE. Lines of the file: address and count. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of the emulator's plugin interface, version 1, that is used here. */
typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
/* Loads alone cannot be asked for: version 7.2 reports stores then. */
enum { CALLBACK_NO_REGISTERS = 0, MEMORY_ACCESSES = 3 };
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
                                      void (*)(unsigned, qemu_plugin_meminfo_t, uint64_t, void *), int, int, void *);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { WORD_SHIFT = 2, SITES = 1 << 16 };
static uint64_t from, to;
static const char *out;
static struct { uint64_t place, count; } sites[SITES];

static void loaded(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *place) {
  (void)cpu;
  if (qemu_plugin_mem_is_store(info) || address < from || address >= to || qemu_plugin_mem_size_shift(info) >= WORD_SHIFT) return;
  size_t at = ((uintptr_t)place * 2654435761u >> 8) % SITES;
  while (sites[at].place != 0 && sites[at].place != (uintptr_t)place) at = (at + 1) % SITES;
  sites[at].place = (uintptr_t)place;
  sites[at].count++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
    void *place = (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction);
    qemu_plugin_register_vcpu_mem_cb(instruction, loaded, CALLBACK_NO_REGISTERS, MEMORY_ACCESSES, place);
  }
}

static void ended(qemu_plugin_id_t id, void *data) {
  (void)id;
  (void)data;
  FILE *file = out == NULL ? NULL : fopen(out, "w");
  if (file == NULL) return;
  for (size_t at = 0; at < SITES; at++)
    if (sites[at].place != 0)
      fprintf(file, "%llx %llu\n", (unsigned long long)sites[at].place, (unsigned long long)sites[at].count);
  fclose(file);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                                               char **argv) {
  (void)info;
  for (int i = 0; i < argc; i++) {
    if (strncmp(argv[i], "from=", 5) == 0) from = strtoull(argv[i] + 5, NULL, 0);
    if (strncmp(argv[i], "to=", 3) == 0) to = strtoull(argv[i] + 3, NULL, 0);
    if (strncmp(argv[i], "out=", 4) == 0) out = strdup(argv[i] + 4);
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
