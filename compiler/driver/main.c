/* edgecc's main: finds the subcommand and runs it. */
#include "driver.h"

#include <string.h>

static int wrong_command(const char *name)
{
	const char *names[32] = { NULL };
	const char *near;
	int n = 0;

	for (const struct command *c = commands; c->name; c++)
		names[n++] = c->name;
	near = nearest_name(name, names);
	if (near)
		fprintf(stderr, "edgecc: unknown command %s, did you mean %s; try edgecc --help\n",
			name, near);
	else
		fprintf(stderr, "edgecc: unknown command %s; try edgecc --help\n", name);
	return EXIT_USAGE;
}

static int run(const struct options *o)
{
	if (o->version) {
		puts("edgecc " PACKAGE_VERSION);
		return EXIT_OK;
	}
	if (o->command && !command_of(o))
		return wrong_command(o->command);
	if (o->help || !o->command) {
		options_help(o->help ? stdout : stderr, command_of(o));
		return o->help ? EXIT_OK : EXIT_USAGE;
	}
	return command_of(o)->run(o);
}

int main(int argc, char **argv)
{
	struct options o;
	int status = options_parse(argc, argv, &o) ? run(&o) : EXIT_USAGE;

	options_free(&o);
	return status;
}
