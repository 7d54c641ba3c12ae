/* What a target profile may say: keys, features, architectures. A new one is a row here. */
#include "target_rows.h"

#include <string.h>

const char *const target_archs[] = { "generic", "x86-64", "x86",    "aarch64", "arm",
				     "riscv",   "avr",    "xtensa", "msp430",  "s390x",
				     "powerpc", "mips",   "m68k",   "wasm",    NULL };

const struct target_feature target_features[] = {
	{ "vec", "gcc or clang with vectors of vec_lanes floats; set by vec_lanes" },
	{ "fma", "fused multiply-add of floats" },
	{ "dsp", "Arm's 16-bit SIMD in integer registers", "__ARM_FEATURE_DSP" },
	{ "mve", "Arm Helium", "__ARM_FEATURE_MVE" },
	{ "neon", "Arm Advanced SIMD", "__ARM_NEON" },
	{ "dotprod", "Arm int8 dot products", "__ARM_FEATURE_DOTPROD" },
	{ "i8mm", "Arm int8 matrix products", "__ARM_FEATURE_MATMUL_INT8" },
	{ "sve", "Arm scalable vectors", "__ARM_FEATURE_SVE" },
	{ "avx2", "x86 AVX2", "__AVX2__" },
	{ "avx512", "x86 AVX-512 F, BW, DQ, VL", "__AVX512BW__" },
	{ "vnni", "x86 AVX-512 int8 dot products", "__AVX512VNNI__" },
	{ "avxvnni", "x86 int8 dot products in vectors of 256 bits", "__AVXVNNI__" },
	{ "rvv", "RISC-V vectors", "__riscv_vector" },
	{ "simd128", "WebAssembly vectors", "__wasm_simd128__" },
	{ "hwdiv", "an integer divide instruction" },
	{ "hwmul", "a 32-bit multiply instruction" },
	{ NULL, NULL },
};

static const char *const fpus[] = {
	[FPU_NONE] = "none", [FPU_SINGLE] = "single", [FPU_DOUBLE] = "double", NULL
};
static const char *const endians[] = { [ENDIAN_LITTLE] = "little", [ENDIAN_BIG] = "big", NULL };
static const char *const roundings[] = {
	[ROUNDING_ONNX] = "onnx", [ROUNDING_FIXED] = "fixed", NULL
};
static const char *const modes[] = { [MEMORY_TIGHT] = "tight", [MEMORY_FAST] = "fast", NULL };
static const char *const specialised[] = {
	[SPECIALISE_ALL] = "all", [SPECIALISE_INTEGERS] = "integers", NULL
};
static const char *const memories[] = { [MEMORY_FLASH] = "flash",
					[MEMORY_RAM] = "ram",
					[MEMORY_TCM] = "tcm",
					[MEMORY_EXTERNAL] = "external",
					NULL };
static const char *const holds[] = { [HOLDS_WEIGHTS] = "weights",
				     [HOLDS_ACTIVATIONS] = "activations",
				     [HOLDS_BOTH] = "both",
				     [HOLDS_HOT] = "hot",
				     NULL };

#define KEY(S, field) .name = #field, .offset = offsetof(S, field)
#define T(field) KEY(struct target, field)
#define M(field) KEY(struct target_memory, field)

const struct target_row target_rows[] = {
	{ .name = "inherits",
	  .kind = TARGET_INHERITS,
	  .doc = "the profile that this one starts from" },
	{ T(doc), .kind = TARGET_TEXT, .doc = "one line about the target" },
	{ T(arch), .kind = TARGET_NAME, .choices = target_archs, .doc = "architecture" },
	{ T(features), .kind = TARGET_FEATURES,
	  .doc = "instructions that kernels may use; adds to those inherited, \"no-NAME\" takes one away" },
	{ T(vec_lanes), .kind = TARGET_INT, .lo = 1, .hi = 16, .power_of_two = true,
	  .doc = "floats in a vector of the machine: 4, 8 or 16; 1 for none" },
	{ T(vec_registers), .kind = TARGET_INT, .lo = 8, .hi = 32, .power_of_two = true,
	  .doc = "how many such vectors the machine holds in registers: 8, 16 or 32" },
	{ T(vec_rate), .kind = TARGET_INT, .lo = 1, .hi = 16,
	  .doc = "multiply-adds of such vectors that it starts in four cycles" },
	{ T(l1), .kind = TARGET_SIZE, .lo = 1024, .hi = 1 << 24,
	  .doc = "bytes of a core's first data cache" },
	{ T(l2), .kind = TARGET_SIZE, .lo = 1024, .hi = 1 << 30,
	  .doc = "bytes of its second cache" },
	{ T(pointer_bits), .kind = TARGET_INT, .lo = 16, .hi = 64, .power_of_two = true,
	  .doc = "bits of a pointer: 16, 32 or 64" },
	{ T(int_bits), .kind = TARGET_INT, .lo = 16, .hi = 32, .power_of_two = true,
	  .doc = "bits of C's int: 16 or 32" },
	{ T(endian), .kind = TARGET_CHOICE, .choices = endians, .doc = "byte order" },
	{ T(alignment), .kind = TARGET_SIZE, .lo = 1, .hi = 4096, .power_of_two = true,
	  .doc = "bytes to which the workspace and the constants are aligned: a power of two" },
	{ T(cache_line), .kind = TARGET_SIZE, .lo = 0, .hi = 1024,
	  .doc = "bytes of a cache line; 0: no cache" },
	{ T(fpu), .kind = TARGET_CHOICE, .choices = fpus, .doc = "floating point in hardware" },
	{ T(unaligned), .kind = TARGET_BOOL, .doc = "unaligned loads are legal and fast" },
	{ T(progmem), .kind = TARGET_BOOL,
	  .doc = "constants are read from program memory by instructions of its own" },
	{ T(rounding), .kind = TARGET_CHOICE, .choices = roundings,
	  .doc = "requantization: onnx (float scale, half to even) or fixed (integer multiplier and shift)" },
	{ T(memory_mode), .kind = TARGET_CHOICE, .choices = modes,
	  .doc = "tight: the least workspace; fast: spend some where it saves time" },
	{ T(specialise), .kind = TARGET_CHOICE, .choices = specialised,
	  .doc = "kernels with constant sizes in every step: all, or those of integers and of vectors" },
	{ T(memories), .kind = TARGET_MEMORIES,
	  .doc = "list of memories, each a mapping; the first that holds weights has the code, too" },
	{ T(code_budget), .kind = TARGET_SIZE, .hi = INT64_MAX,
	  .doc = "bytes of code a model may take: past it steps share kernels; 0: any" },
	{ T(stack_budget), .kind = TARGET_SIZE, .hi = INT64_MAX,
	  .doc = "bytes of stack a model may take; 0: any" },
	{ T(cc), .kind = TARGET_TEXT, .doc = "C compiler for the target" },
	{ T(cflags), .kind = TARGET_TEXT, .doc = "its flags" },
	{ T(run), .kind = TARGET_TEXT,
	  .doc = "command that runs a program on this machine, %s is the program" },
	{ .name = NULL },
};

const struct target_row target_memory_rows[] = {
	{ M(name), .kind = TARGET_TEXT, .doc = "what it is called" },
	{ M(kind), .kind = TARGET_CHOICE, .choices = memories, .doc = "what it is" },
	{ M(address), .kind = TARGET_SIZE, .hi = INT64_MAX, .doc = "of its first byte" },
	{ M(size), .kind = TARGET_SIZE, .lo = 1, .hi = INT64_MAX, .doc = "bytes" },
	{ M(speed), .kind = TARGET_INT, .lo = 1, .hi = 1000,
	  .doc = "relative cycles of an access; 1: the fastest" },
	{ M(holds), .kind = TARGET_CHOICE, .choices = holds,
	  .doc = "what of a model may lie there; by default weights in flash, activations elsewhere" },
	{ M(section), .kind = TARGET_TEXT,
	  .doc = "section of the linker script for what lies there; by default the compiler's own" },
	{ .name = NULL },
};

bool memory_takes_weights(const struct target_memory *m)
{
	return m->holds == HOLDS_WEIGHTS || m->holds == HOLDS_BOTH;
}

bool memory_takes_activations(const struct target_memory *m)
{
	return m->holds == HOLDS_ACTIVATIONS || m->holds == HOLDS_BOTH;
}

bool target_has(const struct target *t, const char *feature)
{
	for (size_t i = 0; target_features[i].name; i++)
		if (strcmp(target_features[i].name, feature) == 0)
			return t->features >> i & 1;
	unreachable("a feature that target_features does not list");
}

/* -- for manuals ----------------------------------------------------------- */

static const char *choices_text(struct arena *a, const char *const *choices)
{
	const char *s = "one of";
	for (size_t i = 0; choices[i]; i++)
		s = arena_printf(a, "%s%s %s", s, i ? "," : "", choices[i]);
	return s;
}

static const char *kind_text(struct arena *a, const struct target_row *r)
{
	switch (r->kind) {
	case TARGET_INT:
		return arena_printf(a, "integer %lld..%lld", (long long)r->lo, (long long)r->hi);
	case TARGET_SIZE:
		return "number of bytes, hexadecimal after 0x, or with K, M or G";
	case TARGET_CHOICE:
	case TARGET_NAME:
		return choices_text(a, r->choices);
	case TARGET_BOOL:
		return "true or false";
	case TARGET_FEATURES:
		return "list of features";
	case TARGET_MEMORIES:
		return "list of mappings";
	case TARGET_INHERITS:
		return "a profile's name or file";
	case TARGET_TEXT:
		return "text";
	}
	unreachable("kind of profile key");
}

void target_each_key(struct arena *a, void (*f)(const struct target_key *k, void *data), void *data)
{
	for (const struct target_row *r = target_rows; r->name; r++) {
		struct target_key k = { r->name, kind_text(a, r), r->doc };
		f(&k, data);
	}
	for (const struct target_row *r = target_memory_rows; r->name; r++) {
		struct target_key k = { arena_printf(a, "memories.%s", r->name), kind_text(a, r),
					r->doc };
		f(&k, data);
	}
}
