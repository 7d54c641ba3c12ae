/* embed OUT TOP FILE... - writes OUT, a C file that holds the table of compiler/support/embedded.h.
 *
 * Runs on the build machine. FILEs are paths from TOP; "runtime/" at the front is left out of their
 * names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNTIME "runtime/"

static void die(const char *path, const char *what)
{
	fprintf(stderr, "embed: %s: %s\n", path, what);
	exit(1);
}

static const char *name_of(const char *path)
{
	return strncmp(path, RUNTIME, strlen(RUNTIME)) == 0 ? path + strlen(RUNTIME) : path;
}

static int compare(const void *a, const void *b)
{
	return strcmp(name_of(*(char *const *)a), name_of(*(char *const *)b));
}

/* The bytes of in as a string literal, one line of it for each line of the file. Octal escapes have
 * three digits, so a digit may follow; '?' is escaped because of trigraphs. */
static unsigned long put_literal(FILE *out, FILE *in)
{
	unsigned long size = 0;
	int c, column = 0;
	fputs("\t\"", out);
	while ((c = getc(in)) != EOF) {
		size++;
		if (column > 2000) {
			fputs("\"\n\t\"", out);
			column = 0;
		}
		if (c == '\n')
			column += fprintf(out, "\\n");
		else if (c == '\t')
			column += fprintf(out, "\\t");
		else if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '?')
			column += fprintf(out, "\\%03o", (unsigned)c);
		else
			column += fprintf(out, "%c", c);
		if (c == '\n')
			column = 2001;
	}
	fputs("\"", out);
	return size;
}

static void put_file(FILE *out, const char *top, const char *path, int i, unsigned long *size)
{
	size_t n = strlen(top) + strlen(path) + 2;
	char *full = malloc(n);
	if (!full)
		die(path, "out of memory");
	snprintf(full, n, "%s/%s", top, path);
	FILE *in = fopen(full, "rb");
	if (!in)
		die(full, "cannot open");
	fprintf(out, "static const unsigned char data_%d[] =\n", i);
	*size = put_literal(out, in);
	fprintf(out, ";\n\n");
	if (ferror(in))
		die(full, "cannot read");
	fclose(in);
	free(full);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: embed OUT TOP FILE...\n");
		return 2;
	}
	const char *top = argv[2];
	char **files = argv + 3;
	int n = argc - 3;
	unsigned long *sizes = calloc((size_t)n + 1, sizeof *sizes);
	FILE *out = fopen(argv[1], "w");
	if (!out || !sizes)
		die(argv[1], "cannot write");

	qsort(files, (size_t)n, sizeof *files, compare);
	fprintf(out,
		"/* Written by tools/embed.c. */\n#include \"compiler/support/embedded.h\"\n\n");
	for (int i = 0; i < n; i++) {
		if (i > 0 && strcmp(name_of(files[i - 1]), name_of(files[i])) == 0)
			die(files[i], "listed twice");
		put_file(out, top, files[i], i, &sizes[i]);
	}
	fprintf(out, "const struct embedded_file embedded_files[] = {\n");
	for (int i = 0; i < n; i++)
		fprintf(out, "\t{ \"%s\", data_%d, %lu },\n", name_of(files[i]), i, sizes[i]);
	fprintf(out, "\t{ 0, 0, 0 },\n};\n\nconst size_t embedded_file_count = %d;\n", n);
	int bad = ferror(out);
	if (fclose(out) != 0 || bad)
		die(argv[1], "cannot write");
	free(sizes);
	return 0;
}
