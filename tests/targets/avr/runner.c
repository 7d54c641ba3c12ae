/* runner - runs an AVR program under libsimavr.
 *
 *	runner MCU FILE.elf [MAX_CYCLES]
 *
 * A write to GPIOR0 prints a character, to GPIOR1 ends with that status, to GPIOR2 begins (1)
 * and ends (0) the region whose instructions and cycles are reported on stderr. Exit status:
 * the program's; 99 on a crash, an access outside the memory, or when MAX_CYCLES pass. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sim_avr.h>
#include <sim_elf.h>
#include <sim_io.h>

/* The data addresses of the registers: the same on every ATmega that has them and that we run. */
enum { GPIOR0 = 0x3E, GPIOR1 = 0x4A, GPIOR2 = 0x4B, FAULT = 99, CANNOT_START = 125 };

/* simavr calls back without a context of ours where it logs. */
static int faulted;

struct watch {
	int status; /* -1 while it runs */
	uint64_t instructions, first_instruction, first_cycle;
};

static void on_character(avr_t *avr, avr_io_addr_t address, uint8_t value, void *context)
{
	(void)context;
	avr->data[address] = value;
	putchar(value);
}

static void on_exit_status(avr_t *avr, avr_io_addr_t address, uint8_t value, void *context)
{
	struct watch *w = context;

	avr->data[address] = value;
	w->status = value;
}

static void on_mark(avr_t *avr, avr_io_addr_t address, uint8_t value, void *context)
{
	struct watch *w = context;

	avr->data[address] = value;
	if (value != 0) {
		w->first_instruction = w->instructions;
		w->first_cycle = avr->cycle;
	} else {
		fprintf(stderr, "instructions %" PRIu64 " cycles %" PRIu64 "\n",
			w->instructions - w->first_instruction,
			(uint64_t)avr->cycle - w->first_cycle);
	}
}

/* simavr wraps an address outside the memory and only warns; here that is a fault. */
static void on_log(avr_t *avr, const int level, const char *format, va_list arguments)
{
	(void)avr;
	if (level == LOG_ERROR || strstr(format, "***") != NULL) {
		vfprintf(stderr, format, arguments);
		faulted = 1;
	}
}

int main(int argc, char **argv)
{
	uint64_t limit = argc > 3 ? strtoull(argv[3], NULL, 0) : 4000000000u;
	struct watch watch = { .status = -1 };
	static elf_firmware_t firmware;
	int state = cpu_Running;
	avr_t *avr;

	if (argc < 3) {
		fprintf(stderr, "usage: runner MCU FILE.elf [MAX_CYCLES]\n");
		return 2;
	}
	avr_global_logger_set(on_log);
	avr = avr_make_mcu_by_name(argv[1]);
	if (avr == NULL || elf_read_firmware(argv[2], &firmware) != 0) {
		fprintf(stderr, "runner: %s or %s cannot be loaded\n", argv[1], argv[2]);
		return CANNOT_START;
	}
	avr_init(avr);
	avr->frequency = 16000000;
	avr->log = LOG_WARNING;
	avr_load_firmware(avr, &firmware);
	avr->run_cycle_limit = 1; /* one instruction per avr_run, so that they can be counted */
	avr_register_io_write(avr, GPIOR0, on_character, &watch);
	avr_register_io_write(avr, GPIOR1, on_exit_status, &watch);
	avr_register_io_write(avr, GPIOR2, on_mark, &watch);
	faulted = 0;
	while (watch.status < 0 && !faulted && state != cpu_Done && state != cpu_Crashed &&
	       avr->cycle < limit) {
		state = avr_run(avr);
		watch.instructions++;
	}
	fflush(stdout);
	if (watch.status >= 0 && !faulted)
		return watch.status;
	fprintf(stderr, "runner: %s at pc 0x%" PRIx32 "\n",
		avr->cycle < limit ? "fault" : "the cycle limit is reached", (uint32_t)avr->pc);
	return FAULT;
}
