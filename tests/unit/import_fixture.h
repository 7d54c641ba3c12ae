/* import_fixture.h - a unit and its messages per test, and models as text, for the tests of the importer. */
#ifndef EDGECC_IMPORT_FIXTURE_H
#define EDGECC_IMPORT_FIXTURE_H

#include "unit.h"

#include <string.h>

#include "compiler/frontend/frontend.h"

static struct arena a;
static struct strbuf text;
static struct diag d;
static struct unit *u;

static void set_up(void)
{
	d = (struct diag){ .text = &text };
	strbuf_puts(&text, "");
	u = unit_new(&a, &d, "m.onnxtxt");
}

static void tear_down(void)
{
	import_close(u);
	strbuf_free(&text);
	arena_free(&a);
}

static bool import(const char *model, const struct import_options *o)
{
	return import_text(u, "m.onnxtxt", model, strlen(model), o);
}

/* A header of one opset. */
#define M(opset) "<ir_version: 8, opset_import: [\"\" : " #opset "]> "

#endif
