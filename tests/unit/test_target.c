/* Target profiles: the built-in ones, inheritance, and errors with their place. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/frontend/target.h"

static struct arena a;
static struct strbuf text;
static struct diag d;
static const char *home;

static void set_up(void)
{
	char *dir = arena_strdup(&a, "/tmp/edgecc-unit-XXXXXX");
	d = (struct diag){ .text = &text };
	strbuf_puts(&text, "");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	home = dir;
}

static void tear_down(void)
{
	int status = system(arena_printf(&a, "rm -rf '%s'", home));
	ck_assert_int_eq(status, 0);
	strbuf_free(&text);
	arena_free(&a);
}

static const char *profile(const char *name, const char *yaml)
{
	const char *path = path_join(&a, home, name);
	FILE *f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	fputs(yaml, f);
	ck_assert_int_eq(fclose(f), 0);
	return path;
}

/* FILE:LINE:COLUMN from the line, without the folder. */
static const struct {
	const char *name, *yaml, *error;
} wrong[] = {
	{ "unknown_key", "arch: arm\nfeaturs: [dsp]\n",
	  "p.yaml:2:1: error: key \"featurs\" is unknown; did you mean \"features\"?" },
	{ "key_twice", "arch: arm\narch: arm\n", "p.yaml:2:1: error: key \"arch\" is given twice" },
	{ "bad_choice", "arch: arm\nendian: litle\n",
	  "p.yaml:2:9: error: endian is \"litle\", must be one of little, big; did you mean \"little\"?" },
	{ "bad_arch", "arch: arms\n", "p.yaml:1:7: error: arch is \"arms\"" },
	{ "bad_number", "arch: arm\nvec_lanes: 3x\n",
	  "p.yaml:2:12: error: vec_lanes must be a number, not \"3x\"" },
	{ "registers_no_power_of_two", "arch: arm\nvec_registers: 12\n",
	  "p.yaml:2:16: error: vec_registers is 12, must be a power of two" },
	{ "number_out_of_range", "arch: arm\nvec_lanes: 17\n",
	  "p.yaml:2:12: error: vec_lanes is 17, must be between 1 and 16" },
	{ "no_power_of_two", "arch: arm\nalignment: 24\n",
	  "p.yaml:2:12: error: alignment is 24, must be a power of two" },
	{ "size_that_overflows", "arch: arm\ncode_budget: 9999999999999G\n",
	  "p.yaml:2:14: error: code_budget" },
	{ "bad_bool", "arch: arm\nunaligned: yes\n",
	  "p.yaml:2:12: error: unaligned is \"yes\", must be true or false" },
	{ "bad_feature", "arch: arm\nfeatures: [fma, dps]\n",
	  "p.yaml:2:17: error: feature \"dps\" is unknown; did you mean \"dsp\"?" },
	{ "features_that_are_no_list", "arch: arm\nfeatures: dsp\n",
	  "p.yaml:2:11: error: features must be a list" },
	{ "memory_without_a_size", "arch: arm\nmemories:\n  - {name: x}\n",
	  "p.yaml:3:5: error: a memory needs a name and a size" },
	{ "unknown_key_of_a_memory", "arch: arm\nmemories:\n  - {nam: x, size: 1}\n",
	  "p.yaml:3:6: error: key \"nam\" is unknown; did you mean \"name\"?" },
	{ "address_that_is_no_number",
	  "arch: arm\nmemories:\n  - {name: x, size: 1, address: 0x}\n",
	  "p.yaml:3:33: error: address must be a number of bytes (64K and 2M are fine), not \"0x\"" },
	{ "hexadecimal_is_for_sizes", "arch: arm\nvec_lanes: 0x4\n",
	  "p.yaml:2:12: error: vec_lanes must be a number, not \"0x4\"" },
	{ "memory_that_holds_something_else",
	  "arch: arm\nmemories:\n  - {name: x, size: 1, holds: code}\n",
	  "p.yaml:3:31: error: holds is \"code\", must be one of weights, activations, both" },
	{ "list_for_a_value", "arch: [arm]\n", "p.yaml:1:7: error: arch must be a single value" },
	{ "no_mapping", "- arm\n", "p.yaml:1:1: error: a profile is a mapping" },
	{ "no_yaml", "a: [b\n", "p.yaml:2:1: error: while parsing a flow sequence" },
	{ "empty", "", "p.yaml: error: the profile is empty" },
	{ "no_arch", "doc: x\n", "p.yaml: error: the profile sets no arch" },
	{ "progmem_of_others", "arch: arm\nprogmem: true\n", "progmem is for arch avr" },
	{ "unknown_base", "inherits: cortex-m9\n",
	  "p.yaml:1:11: error: there is no target profile \"cortex-m9\"; did you mean \"cortex-m0\"?" },
	{ "itself", "inherits: p.yaml\n", "p.yaml:1:11: error: the profile inherits itself" },
	{ "cycle_of_two", "inherits: ./q.yaml\n",
	  "q.yaml:1:11: error: the profile inherits itself through" },
	{ "error_in_the_base", "inherits: bad.yaml\n",
	  "bad.yaml:1:1: error: key \"arhc\" is unknown" },
	{ "missing_base", "inherits: none.yaml\n", "none.yaml: error: cannot open" },
};

START_TEST(errors)
{
	struct target t;
	profile("q.yaml", "inherits: ./p.yaml\n");
	profile("bad.yaml", "arhc: arm\n");
	ck_assert(!target_load(&a, &d, profile("p.yaml", wrong[_i].yaml), &t));
	ck_assert_msg(strstr(text.s, wrong[_i].error), "%s: %s", wrong[_i].name, text.s);
}
END_TEST

START_TEST(every_error_of_a_file_is_told)
{
	struct target t;
	ck_assert(!target_load(&a, &d, profile("p.yaml", "arch: arms\nx: 1\nfpu: half\n"), &t));
	ck_assert_int_eq(d.errors, 3);
}
END_TEST

START_TEST(inheriting)
{
	struct target t;
	profile("base.yaml", "inherits: cortex-m4f\nfeatures: [mve]\ncode_budget: 3K\n");
	const char *path =
		profile("p.yaml",
			"features: [no-dsp]\nstack_budget: 100\ninherits: base.yaml\ndoc: mine\n");
	ck_assert_msg(target_load(&a, &d, path, &t), "%s", text.s);
	ck_assert_str_eq(t.name, "p");
	ck_assert_str_eq(t.arch, "arm");
	ck_assert_str_eq(t.doc, "mine");
	ck_assert_int_eq(t.fpu, FPU_SINGLE);
	ck_assert_int_eq(t.code_budget, 3072);
	ck_assert_int_eq(t.stack_budget, 100);
	ck_assert(target_has(&t, "mve") && target_has(&t, "fma") && !target_has(&t, "dsp"));
	ck_assert_uint_eq(t.files.n, 2);
	ck_assert(!t.built_in);
}
END_TEST

START_TEST(memories)
{
	struct target t;
	const char *path =
		profile("p.yaml", "arch: arm\nmemories:\n"
				  "  - {name: a, size: 2K, kind: flash, address: 0x08000000}\n"
				  "  - {name: b, size: 0x80, section: .fast}\n"
				  "  - {name: c, size: 1, kind: tcm, holds: both, speed: 3}\n");
	ck_assert_msg(target_load(&a, &d, path, &t), "%s", text.s);
	ck_assert_uint_eq(t.n_memories, 3);
	ck_assert_int_eq(t.memories[0].address, 0x08000000);
	ck_assert_int_eq(t.memories[1].address, -1);
	ck_assert_int_eq(t.memories[1].size, 128);
	ck_assert_str_eq(t.memories[1].section, ".fast");
	ck_assert_int_eq(t.memories[2].speed, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert(memory_takes_weights(&t.memories[i]) == (i != 1));
		ck_assert(memory_takes_activations(&t.memories[i]) == (i != 0));
	}
}
END_TEST

static void in_manual(const char *manual, const char *name)
{
	char *plain = arena_printf(&a, ".B %s\n", name);
	char *among = arena_printf(&a, "\\fB%s\\fR", name);
	char *first = arena_printf(&a, ".B %s\\fR", name);
	char *last = arena_printf(&a, ", \\fB%s\n", name);
	ck_assert_msg(strstr(manual, plain) || strstr(manual, among) || strstr(manual, first) ||
			      strstr(manual, last),
		      "man/edgecc-target.5 does not have %s", name);
}

static void key_in_manual(const struct target_key *k, void *manual)
{
	const char *dot = strchr(k->name, '.');
	in_manual(manual, dot ? dot + 1 : k->name);
}

START_TEST(manual_has_every_key_and_feature)
{
	const char *top = getenv("top_srcdir");
	FILE *f = fopen(path_join(&a, top ? top : "..", "man/edgecc-target.5"), "rb");
	char *manual = arena_alloc(&a, 65536);
	ck_assert_ptr_nonnull(f);
	manual[fread(manual, 1, 65535, f)] = 0;
	fclose(f);
	target_each_key(&a, key_in_manual, manual);
	for (size_t i = 0; target_features[i].name; i++)
		in_manual(manual, target_features[i].name);
	for (size_t i = 0; target_archs[i]; i++)
		in_manual(manual, target_archs[i]);
}
END_TEST

START_TEST(every_built_in_profile)
{
	const char *const *names = target_names(&a);
	size_t n = 0;
	for (; names[n]; n++) {
		struct target t;
		ck_assert_msg(target_load(&a, &d, names[n], &t), "%s", text.s);
		ck_assert_str_eq(t.name, names[n]);
		ck_assert(t.built_in && t.doc[0] && t.cflags && t.cc);
		ck_assert(n == 0 || strcmp(names[n - 1], names[n]) < 0);
		ck_assert(target_has(&t, "vec") == (t.vec_lanes > 1));
	}
	ck_assert_uint_ge(n, 60);
}
END_TEST

START_TEST(native_is_one_of_them)
{
	struct target t;
	ck_assert_msg(target_load(&a, &d, "native", &t), "%s", text.s);
	ck_assert(t.built_in);
}
END_TEST

START_TEST(a_name_that_nothing_has)
{
	struct target t;
	ck_assert(!target_load(&a, &d, "cortexm4", &t));
	ck_assert_str_eq(
		text.s,
		"error: there is no target profile \"cortexm4\"; did you mean \"cortex-m4\"?\n");
}
END_TEST

Suite *suite_target(void)
{
	const struct unit_test tests[] = {
		{ "errors", errors, ARRAY_LEN(wrong) },
		{ "every_error_of_a_file_is_told", every_error_of_a_file_is_told, 0 },
		{ "inheriting", inheriting, 0 },
		{ "memories", memories, 0 },
		{ "manual_has_every_key_and_feature", manual_has_every_key_and_feature, 0 },
		{ "every_built_in_profile", every_built_in_profile, 0 },
		{ "native_is_one_of_them", native_is_one_of_them, 0 },
		{ "a_name_that_nothing_has", a_name_that_nothing_has, 0 },
	};
	return unit_suite("target", tests, ARRAY_LEN(tests), set_up, tear_down);
}
