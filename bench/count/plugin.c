/*
 * A plugin of QEMU's user mode: what the first thread executes between calls of getrusage(2), in instructions and in misses
 * of simulated caches, and how often each block of code ran between the first call and the last. Cache sizes are those of
 * the server processors the figures of docs/performance.md come from.
 *
 * The declarations are those of QEMU's plugin interface, version 1 (https://www.qemu.org/docs/master/devel/tcg-plugins.html);
 * distributions ship the emulator without its header.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void (*translated_cb)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*executed_cb)(unsigned vcpu, void *data);
typedef void (*accessed_cb)(unsigned vcpu, qemu_plugin_meminfo_t, uint64_t address, void *data);
typedef void (*syscall_cb)(qemu_plugin_id_t, unsigned vcpu, int64_t number, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                           uint64_t, uint64_t, uint64_t);
enum { NO_REGISTERS = 0, READ_AND_WRITE = 3 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translated_cb);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, executed_cb, int registers, void *data);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, accessed_cb, int registers, int access, void *data);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, syscall_cb);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);

EXPORT int qemu_plugin_version = 1;

enum { LINE_BITS = 6, GETRUSAGE = 98 };

/* Sets of lines, the last used first. */
typedef struct {
  unsigned sets, ways;
  uint64_t *lines, misses;
} cache;

static cache make_cache(unsigned bytes, unsigned ways) {
  unsigned sets = (bytes >> LINE_BITS) / ways;
  return (cache){sets, ways, calloc((size_t)sets * ways, sizeof(uint64_t)), 0};
}

static bool hits(cache *c, uint64_t line) {
  uint64_t *set = c->lines + line % c->sets * c->ways;
  unsigned way = 0;
  while (way < c->ways && set[way] != line) way++;
  bool hit = way < c->ways;
  memmove(set + 1, set, (hit ? way : c->ways - 1) * sizeof *set);
  set[0] = line;
  c->misses += !hit;
  return hit;
}

typedef struct block {
  uint64_t address, first_line, last_line, instructions, runs, code_misses, data_misses;
  struct block *next;
} block;

static cache code, data, second_level;
static bool counting, with_data;
static uint64_t instructions;
static block *blocks;

/* What the first level misses, the second is asked for. */
static bool misses(cache *first_level, uint64_t line) {
  if (hits(first_level, line)) return false;
  hits(&second_level, line);
  return true;
}

static void executed(unsigned vcpu, void *b) {
  if (vcpu != 0 || !counting) return;
  block *ran = b;
  instructions += ran->instructions;
  ran->runs++;
  for (uint64_t line = ran->first_line; line <= ran->last_line; line++)
    if (misses(&code, line)) ran->code_misses++;
}

static void accessed(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *b) {
  if (vcpu != 0 || !counting) return;
  block *ran = b;
  if (misses(&data, address >> LINE_BITS)) ran->data_misses++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  size_t count = qemu_plugin_tb_n_insns(tb);
  struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, count - 1);
  block *b = calloc(1, sizeof *b);
  b->address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
  b->first_line = b->address >> LINE_BITS;
  b->last_line = (qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last) - 1) >> LINE_BITS;
  b->instructions = count;
  b->next = blocks;
  blocks = b;
  qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, NO_REGISTERS, b);
  for (size_t i = 0; with_data && i < count; i++)
    qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i), accessed, NO_REGISTERS, READ_AND_WRITE, b);
}

/* Each file is whole until the next call: the last one stays. */
static void write_blocks(void) {
  FILE *out = fopen(getenv("COUNT_BLOCKS"), "w");
  if (out == NULL) return;
  for (block *b = blocks; b != NULL; b = b->next)
    if (b->runs > 0)
      fprintf(out, "%lx %lu %lu %lu\n", b->address, b->runs * b->instructions, b->code_misses, b->data_misses);
  fclose(out);
}

static void called(qemu_plugin_id_t id, unsigned vcpu, int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                   uint64_t f, uint64_t g, uint64_t h) {
  if (number != GETRUSAGE) return;
  if (counting) {
    fprintf(stderr, "COUNT %lu %lu %lu %lu\n", instructions, code.misses, data.misses, second_level.misses);
    write_blocks();
  }
  counting = true;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
  for (int i = 0; i < argc; i++) with_data |= strncmp(argv[i], "data", 4) == 0;
  code = make_cache(32 << 10, 8);
  data = make_cache(32 << 10, 8);
  second_level = make_cache(1 << 20, 16);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  return 0;
}
