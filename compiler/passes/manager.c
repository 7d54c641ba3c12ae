/* Runs passes in order: selection by level and name, verification, dumps, times. */
#include "passes.h"

#include <string.h>
#include <time.h>

static bool named(const char *const *list, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0 || strcmp(list[i], "all") == 0)
			return true;
	return false;
}

static double milliseconds(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) * 1e3 +
	       (double)(now.tv_nsec - from->tv_nsec) * 1e-6;
}

static void dump(struct unit *u, const char *name)
{
	struct strbuf b = { 0 };

	unit_print(&b, u, NULL);
	fprintf(stderr, "== after %s\n%s\n", name, b.s ? b.s : "");
	strbuf_free(&b);
}

bool passes_run(struct unit *u, const struct pass *const *table, const struct pass_context *c,
		const struct pass_options *o)
{
	for (; *table; table++) {
		const struct pass *p = *table;
		struct timespec start;
		int changes;

		if (p->fixed && c->target->rounding != ROUNDING_FIXED)
			continue;
		if (!p->required &&
		    (c->level < p->level || named(o->disabled, o->n_disabled, p->name)))
			continue;
		clock_gettime(CLOCK_MONOTONIC, &start);
		diag_progress(u->diag, "%s", p->name);
		changes = p->rewrites ? rewrites_run(u, p->rewrites, o) : p->run(u, c);
		if (changes < 0)
			return false;
		if (o->verbose)
			fprintf(stderr, "%-22s %6d changes %8.2f ms\n", p->name, changes,
				milliseconds(&start));
		if (!unit_verify(u, p->name))
			return diag_error(u->diag, NULL, "internal error: pass %s broke the graph",
					  p->name);
		if (named(o->dump_after, o->n_dump_after, p->name))
			dump(u, p->name);
	}
	return true;
}
