#include "unit.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena a;
static struct strbuf text;
static struct diag d;
static const char *home; /* a directory of this test's own */

static void set_up(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = arena_printf(&a, "%s/edgecc-unit-XXXXXX", base ? base : "/tmp");
	d = (struct diag){ .text = &text };
	ck_assert_ptr_nonnull(mkdtemp(dir));
	home = dir;
}

static void tear_down(void)
{
	int status = system(arena_printf(&a, "chmod -R u+w '%s'; rm -rf '%s'", home, home));
	ck_assert_int_eq(status, 0);
	strbuf_free(&text);
	arena_free(&a);
}

static const char *in_home(const char *name)
{
	return path_join(&a, home, name);
}

static void write_file(const char *name, const char *s)
{
	FILE *f = fopen(in_home(name), "wb");
	ck_assert_ptr_nonnull(f);
	fputs(s, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void check_file(const char *name, const char *s)
{
	struct file_map m;
	ck_assert(file_map(&d, in_home(name), &m));
	ck_assert_uint_eq(m.size, strlen(s));
	ck_assert_mem_eq(m.data, s, m.size);
	file_unmap(&m);
}

/* Entries of a directory other than "." and "..". */
static int entries(const char *name)
{
	int n = -2;
	DIR *dir = opendir(in_home(name));
	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

START_TEST(map_content)
{
	write_file("some", "some bytes");
	write_file("none", "");
	check_file("some", "some bytes");
	check_file("none", "");
	struct file_map m;
	ck_assert(file_map(&d, in_home("none"), &m));
	ck_assert_ptr_nonnull(m.data);
	file_unmap(&m);
}
END_TEST

/* It would wait for somebody to write. */
START_TEST(map_pipe)
{
	ck_assert_int_eq(mkfifo(in_home("pipe"), 0600), 0);
	struct file_map m;
	ck_assert(!file_map(&d, in_home("pipe"), &m));
	ck_assert_ptr_nonnull(strstr(text.s, "/pipe: error: is not a regular file\n"));
}
END_TEST

START_TEST(map_errors)
{
	struct file_map m;
	ck_assert(!file_map(&d, in_home("absent"), &m));
	ck_assert_ptr_nonnull(strstr(text.s, "/absent: error: cannot open: "));
	ck_assert(!file_map(&d, home, &m));
	ck_assert_ptr_nonnull(strstr(text.s, "is a directory, not a file\n"));
	ck_assert_int_eq(d.errors, 2);
}
END_TEST

static void put(struct file_set *s, const char *name, const char *content)
{
	FILE *f = file_set_open(s, &d, name);
	ck_assert_ptr_nonnull(f);
	fputs(content, f);
}

START_TEST(commit_replaces_all)
{
	ck_assert_int_eq(mkdir(in_home("out"), 0777), 0);
	write_file("out/m.c", "old");
	struct file_set *s = file_set_new(&a, in_home("out"));
	put(s, "m.c", "new");
	put(s, "kernels/ref/k.c", "kernel");
	check_file("out/m.c", "old"); /* untouched before commit */
	ck_assert(!path_exists(in_home("out/kernels/ref/k.c")));
	ck_assert(file_set_commit(s, &d));
	check_file("out/m.c", "new");
	check_file("out/kernels/ref/k.c", "kernel");
	ck_assert_int_eq(entries("out"), 2);
	ck_assert_int_eq(entries("out/kernels/ref"), 1);
	file_set_abandon(s); /* nothing is left to remove */
	check_file("out/m.c", "new");
}
END_TEST

START_TEST(commit_makes_the_directory)
{
	struct file_set *s = file_set_new(&a, in_home("deep/out/"));
	ck_assert(file_set_commit(s, &d));
	ck_assert_int_eq(entries("deep/out"), 0);
}
END_TEST

START_TEST(abandon_leaves_no_trace)
{
	struct file_set *s = file_set_new(&a, in_home("deep/out"));
	put(s, "m.c", "new");
	put(s, "sub/k.c", "new");
	file_set_abandon(s);
	ck_assert_int_eq(entries("."), 0);
	file_set_abandon(s);
}
END_TEST

START_TEST(abandon_keeps_what_was)
{
	write_file("m.c", "old");
	struct file_set *s = file_set_new(&a, home);
	put(s, "m.c", "new");
	file_set_abandon(s);
	check_file("m.c", "old");
	ck_assert_int_eq(entries("."), 1);
}
END_TEST

START_TEST(failed_commit_replaces_nothing)
{
	write_file("a.c", "old");
	ck_assert_int_eq(mkdir(in_home("b.c"), 0777), 0);
	struct file_set *s = file_set_new(&a, home);
	put(s, "a.c", "new");
	put(s, "b.c", "new");
	ck_assert(!file_set_commit(s, &d));
	ck_assert_ptr_nonnull(
		strstr(text.s, "b.c: error: cannot write: a directory has this name"));
	check_file("a.c", "old");
	ck_assert_int_eq(entries("."), 2);
}
END_TEST

/* /dev/full takes no byte: what a full disk does, seen only when the buffer is flushed. */
START_TEST(full_disk_is_an_error)
{
	FILE *full = fopen("/dev/full", "wb");
	if (!full)
		return;
	fclose(full);
	write_file("a.c", "old");
	struct file_set *s = file_set_new(&a, home);
	FILE *f = file_set_open(s, &d, "a.c");
	ck_assert_ptr_nonnull(freopen("/dev/full", "wb", f));
	fputs("new", f);
	ck_assert(!file_set_commit(s, &d));
	ck_assert_ptr_nonnull(strstr(text.s, "a.c: error: cannot write: "));
	check_file("a.c", "old");
	ck_assert_int_eq(entries("."), 1);
}
END_TEST

START_TEST(directory_that_cannot_be_made)
{
	write_file("plain", "a file");
	struct file_set *s = file_set_new(&a, in_home("plain/out"));
	ck_assert_ptr_null(file_set_open(s, &d, "m.c"));
	ck_assert_int_eq(d.errors, 1);
	ck_assert_ptr_nonnull(strstr(text.s, "error: cannot "));
	check_file("plain", "a file");
}
END_TEST

static const struct {
	const char *dir, *name, *joined;
} join_cases[] = {
	{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { ".", "b", "b" },           { "", "b", "b" },
	{ "/", "b", "/b" },  { "a", "/b", "/b" },  { "a/b", "c/d", "a/b/c/d" },
};

START_TEST(join)
{
	ck_assert_str_eq(path_join(&a, join_cases[_i].dir, join_cases[_i].name),
			 join_cases[_i].joined);
}
END_TEST

static const struct {
	const char *path, *dir, *base;
} split_cases[] = {
	{ "m.onnx", ".", "m.onnx" }, { "a/m.onnx", "a", "m.onnx" }, { "/m.onnx", "/", "m.onnx" },
	{ "a//m", "a", "m" },        { "../x/y", "../x", "y" },     { "//m", "/", "m" },
};

START_TEST(split)
{
	ck_assert_str_eq(path_dir(&a, split_cases[_i].path), split_cases[_i].dir);
	ck_assert_str_eq(path_base(split_cases[_i].path), split_cases[_i].base);
}
END_TEST

Suite *suite_file(void)
{
	const struct unit_test tests[] = {
		{ "map_content", map_content, 0 },
		{ "map_pipe", map_pipe, 0 },
		{ "map_errors", map_errors, 0 },
		{ "commit_replaces_all", commit_replaces_all, 0 },
		{ "commit_makes_the_directory", commit_makes_the_directory, 0 },
		{ "abandon_leaves_no_trace", abandon_leaves_no_trace, 0 },
		{ "abandon_keeps_what_was", abandon_keeps_what_was, 0 },
		{ "failed_commit_replaces_nothing", failed_commit_replaces_nothing, 0 },
		{ "full_disk_is_an_error", full_disk_is_an_error, 0 },
		{ "directory_that_cannot_be_made", directory_that_cannot_be_made, 0 },
		{ "join", join, ARRAY_LEN(join_cases) },
		{ "split", split, ARRAY_LEN(split_cases) },
	};
	return unit_suite("file", tests, ARRAY_LEN(tests), set_up, tear_down);
}
