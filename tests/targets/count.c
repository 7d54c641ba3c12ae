/* count.so - a QEMU plugin (TCG plugin API 1, QEMU 4.2 to 8) that counts the instructions of a
 * region.
 *
 *	-plugin count.so,out=FILE,begin=ADDRESS,end=ADDRESS      addresses in hexadecimal
 *
 * Writes "instructions N" when `end` is reached: the instructions executed since `begin` was,
 * the code of the two marks not worth mentioning (under 10). A region run several times gives
 * as many lines. Debian ships no qemu-plugin.h, so the few declarations that are needed stand
 * here. Instructions are not cycles: no wait states, no caches. */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { NO_REGS };
enum qemu_plugin_op { ADD_U64 };

typedef void translation_callback(plugin_id id, struct qemu_plugin_tb *tb);
typedef void execution_callback(unsigned cpu, void *context);

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translation_callback *cb);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						enum qemu_plugin_op op, void *counter,
						uint64_t add);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, execution_callback *cb,
					    enum qemu_plugin_cb_flags flags, void *context);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#define EXPORT __attribute__((visibility("default")))

extern EXPORT int qemu_plugin_version;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

EXPORT int qemu_plugin_version = 1;

/* The plugin interface gives callbacks no context of the plugin's own at translation. */
static uint64_t executed, executed_at_begin;
static uint64_t begin_address, end_address;
static FILE *out;

static void on_begin(unsigned cpu, void *context)
{
	(void)cpu;
	(void)context;
	executed_at_begin = executed;
}

static void on_end(unsigned cpu, void *context)
{
	(void)cpu;
	(void)context;
	fprintf(out, "instructions %" PRIu64 "\n", executed - executed_at_begin);
	fflush(out);
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);

		if (address == begin_address)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, NO_REGS, NULL);
		if (address == end_address)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, NO_REGS, NULL);
		qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, &executed, 1);
	}
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (value == NULL)
			return -1;
		*value++ = 0;
		if (strcmp(argv[i], "out") == 0)
			out = fopen(value, "w");
		else if (strcmp(argv[i], "begin") == 0)
			begin_address = strtoull(value, NULL, 16) & ~(uint64_t)1; /* bit 0: Thumb */
		else if (strcmp(argv[i], "end") == 0)
			end_address = strtoull(value, NULL, 16) & ~(uint64_t)1;
		else
			return -1;
	}
	if (out == NULL || begin_address == 0 || end_address == 0) {
		fprintf(stderr, "count: out, begin and end are needed\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
