/* target.h - target profiles: what edgecc knows of the machine that will run the emitted code.
 *
 * A profile is a YAML file of the keys in target_keys[], on top of the one it inherits. */
#ifndef EDGECC_TARGET_H
#define EDGECC_TARGET_H

#include "../support/support.h"

enum target_fpu { FPU_NONE, FPU_SINGLE, FPU_DOUBLE };
enum target_endian { ENDIAN_LITTLE, ENDIAN_BIG };
enum target_rounding {
	ROUNDING_ONNX, /* float scale, half to even */
	ROUNDING_FIXED /* integer multiplier and shift: for machines without an FPU */
};
enum target_memory_mode {
	MEMORY_TIGHT, /* the least workspace */
	MEMORY_FAST   /* halos and scratch where they save time */
};
enum memory_kind { MEMORY_FLASH, MEMORY_RAM, MEMORY_TCM, MEMORY_EXTERNAL };
enum target_specialise {
	SPECIALISE_ALL,     /* every kernel is compiled into the steps that call it */
	SPECIALISE_INTEGERS /* reference kernels of floats serve steps of any sizes */
};
enum memory_holds {
	HOLDS_WEIGHTS,
	HOLDS_ACTIVATIONS,
	HOLDS_BOTH,
	HOLDS_HOT /* copies of the constants that are read most */
};

struct target_memory {
	const char *name;
	enum memory_kind kind;
	int64_t address;     /* of its first byte; -1: not said */
	int64_t size;        /* bytes */
	int64_t speed;       /* relative cycles of one access: 1 is the fastest */
	int holds;           /* enum memory_holds; by kind unless the profile says */
	const char *section; /* of the linker script; NULL: where the compiler puts it anyway */
};

struct target {
	const char *name; /* "cortex-m4"; a file's base name without .yaml */
	const char *file; /* for messages and dependency files: a path, or "targets/cpu/x.yaml" when
			     built in */
	bool built_in;
	const char *doc;       /* one line */
	const char *arch;      /* one of target_archs */
	uint64_t features;     /* bit = index into target_features: ask target_has() */
	int64_t vec_lanes;     /* float lanes of the vectors kernels shall use; 1: none */
	int64_t vec_registers; /* how many such vectors there are: 8, 16 or 32 */
	int64_t vec_rate;      /* multiply-adds of them that start in four cycles */
	int64_t l1, l2;        /* bytes of a core's data caches */
	int64_t pointer_bits, int_bits;
	int64_t alignment;  /* bytes: the most that a buffer can need */
	int64_t cache_line; /* bytes; 0: no cache */
	int endian, fpu, rounding, memory_mode, specialise; /* the enums above */
	bool progmem;   /* constants must be read by special instructions (AVR) */
	bool unaligned; /* unaligned loads are legal and fast */
	struct target_memory *memories;
	size_t n_memories;
	const char *cc; /* the compiler to suggest, and its flags */
	const char *cflags;
	const char *run; /* how to run a program on it, "%s" is the program; NULL: directly or not
			    at all */
	int64_t code_budget;     /* bytes of code the model may take; 0: no limit */
	int64_t stack_budget;    /* bytes of stack it may take; 0: no limit */
	VEC(const char *) files; /* this profile and those it inherits that were read from disk */
};

struct target_feature {
	const char *name, *doc;
	const char *defined; /* what C compilers for such a machine define; NULL: nothing */
};
extern const struct target_feature target_features[]; /* name NULL ends it */
extern const char *const target_archs[];              /* NULL-terminated */

/* name: a built-in profile ("cortex-m4", "qemu-microbit"), "native", or a path to a YAML file (it
 * has a '/' or ends in .yaml). Errors with line and column. */
bool target_load(struct arena *a, struct diag *d, const char *name, struct target *out);
bool memory_takes_weights(const struct target_memory *m);
bool memory_takes_activations(const struct target_memory *m);
/* feature must be a name of target_features. */
bool target_has(const struct target *t, const char *feature);
/* Names of the built-in profiles, sorted, NULL-terminated; "native" is not among them. */
const char *const *target_names(struct arena *a);
/* One line per key of a profile: name, kind, range and meaning, for manuals. */
struct target_key {
	const char *name;
	const char *kind; /* "integer 1..64", "one of a, b" */
	const char *doc;
};
void target_each_key(struct arena *a, void (*f)(const struct target_key *k, void *data),
		     void *data);

#endif
