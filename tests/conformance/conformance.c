/* conformance.c - models with reference outputs through the compiler's definitions.
 *
 *	conformance [-v] [-x NAME]... FOLDER...
 *
 * Each FOLDER holds one test or many such.
 *
 * A test is a model.onnx with test_data_set_K/input_K.pb and output_K.pb, as ONNX's own, or with
 * input_K.npy and output_K.npy beside it. The test's inputs become initializers of the model, so
 * that everything is constant; then every node is computed from its row: definition, portable
 * kernel or expansion. The outputs are compared with the test's.
 *
 * Prints one line for each test that did not pass (with -v: for each) and the counts; exit status 1
 * when a test failed. -x passes over the test of that name. A test whose operators or containers
 * have no row is unsupported, which is not a failure. */
#define _GNU_SOURCE
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance.h"
#include "../../compiler/passes/unroll.h"

static const char *const outcome_names[] = { "ok", "FAILED", "unsupported", "CRASHED" };

static struct unit *import(struct test *t, const char *path)
{
	struct diag *d = arena_new(t->arena, struct diag);
	struct unit *u;

	d->text = t->why;
	u = unit_new(t->arena, d, path);
	return import_onnx(u, path, NULL) ? u : NULL;
}

/* -- computing ----------------------------------------------------------------------------- */

static bool compute(struct test *t, struct unit *u, struct node *n);

/* Expands n and computes the nodes that it became. */
static bool compute_expansion(struct test *t, struct unit *u, struct node *n)
{
	struct node *before = n->prev;

	if (!n->op->expand(u, n))
		return false;
	for (struct node *m = before ? before->next : n->graph->first; m != n; m = m->next)
		if (!compute(t, u, m))
			return false;
	return true;
}

struct range {
	struct test *t;
	struct unit *u;
};

static bool compute_range(void *data, struct node *from, struct node *to)
{
	const struct range *r = data;

	for (struct node *n = from; n != to; n = n->next)
		if (!compute(r->t, r->u, n))
			return false;
	return true;
}

/* If, Loop and Scan are carried out; nothing reads n afterwards. */
static bool compute_control(struct test *t, struct unit *u, struct node *n)
{
	struct range r = { t, u };
	struct node *before = n->prev;
	bool failed = false;

	if (!unroll(u, n, compute_range, &r, &failed)) {
		strbuf_printf(t->why, "%s is not supported by the interpreter\n", n->op->name);
		return false;
	}
	return compute_range(&r, before ? before->next : n->graph->first, n);
}

static bool compute(struct test *t, struct unit *u, struct node *n)
{
	struct constant **out = arena_array(t->arena, struct constant *, (size_t)n->n_out);
	bool done = true;

	for (int k = 0; k < n->n_out; k++)
		done = done && (!node_out(n, k) || node_out(n, k)->constant);
	if (done || node_is_dead(n)) /* control flow that was carried out is dead */
		return true;
	if (!node_infer(u, n))
		return false;
	if (!n->op->define && !n->op->eval && n->op->expand)
		return compute_expansion(t, u, n);
	if (n->n_graphs)
		return compute_control(t, u, n);
	if (!op_evaluate(u, n, INT64_C(1) << 33, out)) {
		strbuf_printf(t->why, "%s cannot be computed\n", n->op->name);
		return false;
	}
	for (int k = 0; k < n->n_out; k++) {
		struct value *v = node_out(n, k);

		if (!v)
			continue;
		v->constant = out[k];
		v->shape = out[k]->shape;
	}
	return true;
}

/* -- comparing ----------------------------------------------------------------------------- */

/* Relative error that rounding to the type may leave, on top of the 1e-3 that ONNX allows its
 * backends. */
static double tolerance(enum dtype t)
{
	switch (t) {
	case DT_BF16:
		return 0.01;
	case DT_F8E4M3FN:
	case DT_F8E4M3FNUZ:
		return 0;
	case DT_F8E5M2:
	case DT_F8E5M2FNUZ:
		return 0;
	default:
		return 1e-3;
	}
}

static bool has_halves(const struct unit *u)
{
	for (size_t i = 1; i < u->values.n; i++)
		if (u->values.p[i]->type == DT_F16 || u->values.p[i]->type == DT_BF16)
			return true;
	return false;
}

static bool has_operator(const struct unit *u, const char *const *names)
{
	for (const struct node *n = u->main->first; n; n = n->next)
		for (int i = 0; names[i]; i++)
			if (strncmp(n->op->name, names[i], strlen(names[i])) == 0)
				return true;
	return false;
}

/* Their results are ONNX's in type and shape only: it prescribes no generator. */
static const char *const random_operators[] = { "Random", "Bernoulli", "Multinomial", "Dropout",
						NULL };
/* Its sums cancel: what should be 0 is the rounding noise of whoever summed (test_dft_inverse expects
 * 1.9e-6 where the exact result is 0). */
static const char *const cancelling_operators[] = { "DFT", NULL };

/* Reference data made by another runtime is judged against its largest element too: ONNX Runtime's
 * own results differ by up to 2.5e-4 of it, with and without optimization. */
static double absolute_tolerance(const struct test *t, const struct unit *u,
				 const struct constant *want)
{
	bool cancels = has_operator(u, cancelling_operators);
	double most = 0;

	if (!dtype_is_float(want->type) || (t->set != t->dir && !cancels))
		return 1e-7;
	for (int64_t i = 0; i < shape_elements(&want->shape); i++)
		if (isfinite(constant_f64(want, i)))
			most = fmax(most, fabs(constant_f64(want, i)));
	if (t->set != t->dir)
		return 1e-6 * most;
	return 1e-6 + (has_halves(u) ? 4e-3 : 3e-4) * most;
}

static bool element_matches(const struct constant *have, const struct constant *want, int64_t i,
			    double atol)
{
	double a, b;

	if (want->type == DT_STRING)
		return strcmp(have->strings[i], want->strings[i]) == 0;
	if (want->type == DT_C64 || want->type == DT_C128)
		return memcmp((const char *)have->data + (size_t)i * dtype_size(want->type),
			      (const char *)want->data + (size_t)i * dtype_size(want->type),
			      dtype_size(want->type)) == 0;
	if (!dtype_is_float(want->type))
		return constant_i64(have, i) == constant_i64(want, i);
	a = constant_f64(have, i);
	b = constant_f64(want, i);
	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b);
	return a == b || fabs(a - b) <= atol + tolerance(want->type) * fabs(b);
}

static const char *element_text(struct test *t, const struct constant *c, int64_t i)
{
	if (c->type == DT_STRING)
		return c->strings[i];
	if (dtype_is_float(c->type))
		return arena_printf(t->arena, "%.9g", constant_f64(c, i));
	return arena_printf(t->arena, "%lld", (long long)constant_i64(c, i));
}

bool matches(struct test *t, size_t output, struct unit *u, const struct constant *have,
	     const struct constant *want)
{
	int64_t wrong = 0, first = 0, n = shape_elements(&want->shape);
	double atol = absolute_tolerance(t, u, want);

	if (have->type != want->type || !shape_equal(&have->shape, &want->shape)) {
		strbuf_printf(t->why, "output %zu is %s%s, must be %s%s\n", output,
			      dtype_name(have->type), shape_text(u, &have->shape),
			      dtype_name(want->type), shape_text(u, &want->shape));
		return false;
	}
	if (has_operator(u, random_operators))
		return true;
	for (int64_t i = n - 1; i >= 0; i--) {
		if (element_matches(have, want, i, atol))
			continue;
		first = i;
		wrong++;
	}
	if (wrong)
		strbuf_printf(
			t->why,
			"output %zu: %lld of %lld elements differ; element %lld is %s, must be %s\n",
			output, (long long)wrong, (long long)n, (long long)first,
			element_text(t, have, first), element_text(t, want, first));
	return wrong == 0;
}

/* -- one test ------------------------------------------------------------------------------ */

static bool has_rows(struct test *t, size_t n, Onnx__NodeProto *const *nodes,
		     const Onnx__ModelProto *m)
{
	for (size_t i = 0; i < n; i++) {
		const char *domain = nodes[i]->domain ? nodes[i]->domain : "",
			   *name = nodes[i]->op_type;
		bool known = strcmp(name, "Constant") == 0;

		for (size_t k = 0; k < m->n_functions; k++)
			known = known || strcmp(m->functions[k]->name, name) == 0;
		for (int d = 0; d < DOMAIN_COUNT; d++)
			if (strcmp(domain_names[d], strcmp(domain, "ai.onnx") == 0 ? "" : domain) ==
			    0)
				known = known || op_find_any((enum domain)d, name);
		if (known)
			continue;
		strbuf_printf(t->why, "no operator %s\n", name);
		return false;
	}
	return true;
}

bool is_limit(const char *message)
{
	return strstr(message, "is not supported") ||
	       strstr(message, "must be known at compile time") ||
	       strstr(message, "has type string, must be") || strstr(message, "has type complex");
}

static enum outcome run_imported(struct test *t, const char *model, const char *expected)
{
	struct unit *u = import(t, model), *e;

	if (!u)
		return is_limit(t->why->s) ? UNSUPPORTED : FAILED;
	for (struct node *n = u->main->first; n; n = n->next) {
		if (!compute(t, u, n))
			return is_limit(t->why->s) ? UNSUPPORTED : FAILED;
	}
	e = import(t, expected);
	if (!e)
		return FAILED;
	for (size_t k = 0; k < e->main->outputs.n; k++) {
		const struct value *have = value_of(u, u->main->outputs.p[k]);

		if (!have->constant) {
			strbuf_printf(t->why, "output %zu was not computed\n", k);
			return FAILED;
		}
		if (!matches(t, k, u, have->constant, value_of(e, e->main->outputs.p[k])->constant))
			return FAILED;
	}
	return PASSED;
}

static enum outcome run_set(struct test *t)
{
	char *dir = arena_printf(t->arena, "/tmp/conformance.XXXXXX");
	const char *tmp, *tmp2;
	Onnx__ModelProto *m;
	enum outcome r = FAILED;
	uint8_t *data;
	size_t size;

	if (!read_file(t->arena, path_join(t->arena, t->dir, "model.onnx"), &data, &size) ||
	    !(m = onnx__model_proto__unpack(NULL, size, data)) || !m->graph) {
		strbuf_puts(t->why, "no readable model\n");
		return FAILED;
	}
	if (!has_rows(t, m->graph->n_node, m->graph->node, m))
		return UNSUPPORTED;
	if (!all_tensors(m->graph->n_input, m->graph->input) ||
	    !all_tensors(m->graph->n_output, m->graph->output))
		return run_containers(t);
	if (!mkdtemp(dir))
		return FAILED;
	tmp = path_join(t->arena, dir, "model.onnx");
	tmp2 = path_join(t->arena, dir, "expected.onnx");
	if (!write_expected(t, m, tmp2) || !add_inputs(t, m)) {
		strbuf_puts(t->why, "test data that is no tensor\n");
		r = UNSUPPORTED;
	} else if (copy_files(t->arena, t->dir, dir) && write_model(t->arena, m, tmp)) {
		r = run_imported(t, tmp, tmp2);
	}
	remove_folder(dir);
	return r;
}

/* -- many tests ---------------------------------------------------------------------------- */

static int count[4];

/* In a process of its own, so that a crash ends one test. */
static void run_apart(struct arena *a, const char *dir, const char *set, bool verbose)
{
	struct strbuf why = { 0 };
	struct test t = { a, dir, set, &why };
	int status, fds[2];
	char text[400];
	ssize_t n;
	pid_t pid;

	if (pipe(fds) != 0)
		exit(2);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		enum outcome r;

		alarm(120);
		r = run_set(&t);
		if (why.n &&
		    write(fds[1], why.s, why.n < sizeof text ? why.n : sizeof text - 1) < 0)
			_exit(CRASHED);
		_exit(r);
	}
	close(fds[1]);
	n = read(fds[0], text, sizeof text - 1);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	status = WIFEXITED(status) && WEXITSTATUS(status) < CRASHED ? WEXITSTATUS(status) : CRASHED;
	count[status]++;
	if (verbose || status == FAILED || status == CRASHED)
		printf("%s: %s: %s\n", outcome_names[status], path_base(dir),
		       status == PASSED ? "" : text);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *left_out[128];
static int n_left_out;

static bool is_left_out(const char *name)
{
	for (int i = 0; i < n_left_out; i++)
		if (strcmp(left_out[i], name) == 0)
			return true;
	return false;
}

/* Collections leave large files out: a set without outputs has nothing to compare. */
static bool has_outputs(struct arena *a, const char *set)
{
	return path_exists(path_join(a, set, "output_0.pb")) ||
	       path_exists(path_join(a, set, "output_0.npy"));
}

static void run_folder(const char *dir, bool verbose)
{
	struct arena a = { 0 };
	VEC(char *) names = { NULL, 0, 0 };
	bool is_test = path_exists(path_join(&a, dir, "model.onnx"));
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' &&
		    (!is_test || strncmp(e->d_name, "test_data_set", 13) == 0))
			vec_push(&a, &names, arena_strdup(&a, e->d_name));
	if (d)
		closedir(d);
	if (names.n)
		qsort(names.p, names.n, sizeof *names.p, compare_names);
	for (size_t i = 0; i < names.n; i++) {
		const char *path = path_join(&a, dir, names.p[i]);

		if (is_left_out(names.p[i]))
			continue;
		if (!is_test)
			run_folder(path, verbose);
		else if (has_outputs(&a, path))
			run_apart(&a, dir, path, verbose);
	}
	if (is_test && path_exists(path_join(&a, dir, "output_0.npy")))
		run_apart(&a, dir, dir, verbose);
	arena_free(&a);
}

int main(int argc, char **argv)
{
	bool verbose = false;
	int c;

	while ((c = getopt(argc, argv, "vx:")) != -1) {
		if (c == 'v')
			verbose = true;
		else if (c == 'x' && n_left_out < (int)ARRAY_LEN(left_out))
			left_out[n_left_out++] = optarg;
		else
			return 2;
	}
	for (int i = optind; i < argc; i++)
		run_folder(argv[i], verbose);
	printf("%d passed, %d failed, %d crashed, %d unsupported\n", count[PASSED], count[FAILED],
	       count[CRASHED], count[UNSUPPORTED]);
	if (count[PASSED] + count[FAILED] + count[CRASHED] + count[UNSUPPORTED] == 0) {
		fprintf(stderr, "conformance: no tests found\n");
		return 2;
	}
	return count[FAILED] || count[CRASHED];
}
