#!/bin/sh
# NAME_step, one step after the other, gives what NAME_run gives; hooks see each step; a step that
# does not exist is an error.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
need_edgecc
"$edgecc" compile "$top/examples/digits/digits.onnx" -o "$tmp" --name m --hook -q || fail "compile"
cat >"$tmp/main.c" <<'END'
#include "m.h"

#include <stdio.h>
#include <string.h>

static int calls, out_of_order, expected;

void m_hook(int step, int end)
{
	out_of_order |= step != expected || end != calls % 2;
	expected += end;
	calls++;
}

int main(void)
{
	static EDGERT_ALIGNED(M_WORKSPACE_ALIGN) char workspace[M_WORKSPACE_SIZE];
	static float x[M_INPUT_0_COUNT], whole[M_OUTPUT_0_COUNT], stepped[M_OUTPUT_0_COUNT];
	struct m_inputs in = { x };
	struct m_outputs out = { whole };
	int other;

	for (int i = 0; i < M_INPUT_0_COUNT; i++)
		x[i] = (float)(i % 17);
	if (m_run(workspace, &in, &out) != EDGERT_OK || calls != 2 * M_STEPS || out_of_order)
		return puts("run") > 0;
	memset(workspace, 0x55, sizeof workspace);
	out.MEMBER = stepped;
	expected = 0;
	for (int k = 0; k < M_STEPS; k++)
		if (m_step(workspace, &in, &out, k) != EDGERT_OK)
			return puts("step") > 0;
	other = m_step(workspace, &in, &out, M_STEPS) == EDGERT_ERROR_VALUE &&
		m_step(workspace, &in, &out, -1) == EDGERT_ERROR_VALUE &&
		m_step(NULL, &in, &out, 0) == EDGERT_ERROR_NULL;
	if (!other || out_of_order)
		return puts("a step that does not exist") > 0;
	return memcmp(whole, stepped, sizeof whole) != 0 ? puts("results differ") > 0 : 0;
}
END
member=$(sed -n '/^struct m_outputs/,/^}/s/.*\*\(.*\);/\1/p' "$tmp/m.h")
"$CC" -std=c99 -O1 -Wall -Wextra -Werror -DMEMBER="$member" -I"$tmp" "$tmp/main.c" "$tmp/m.c" -o "$tmp/main" ||
	fail "does not compile"
"$tmp/main" || fail "the program says what is wrong"

# Sizes that the caller sets, and those that a step finds out, stay with the caller between steps.
cat >"$tmp/found.onnxtxt" <<'END'
<ir_version: 8, opset_import: ["" : 17]>
found (float[N,2] x) => (float[found] y)
{
	at = NonZero (x)
	axis = Constant <value: tensor = int64[1] {0}> ()
	float = Cast <to: int = 1> (at)
	y = ReduceSum <keepdims: int = 0> (float, axis)
}
END
"$edgecc" compile "$tmp/found.onnxtxt" -o "$tmp" --name f --dim 'N<=4' --hook -q || fail "compile found"
cat >"$tmp/found.c" <<'END'
#include "f.h"

#include <stdio.h>

static int calls;

void f_hook(int step, int end)
{
	(void)step;
	(void)end;
	calls++;
}

int main(void)
{
	static EDGERT_ALIGNED(F_WORKSPACE_ALIGN) char workspace[F_WORKSPACE_SIZE];
	static const float x[6] = { 0, 5, 0, 0, 1, 1 }; /* row + column of the others: 1, 2, 3 */
	float y[F_OUTPUT_0_COUNT] = { 0 };
	struct f_inputs in = { x, 3 };
	struct f_outputs out = { y, { 0 } };
	struct f_sizes sizes;

	for (int k = 0; k < F_STEPS; k++)
		if (f_step(workspace, &in, &out, &sizes, k) != EDGERT_OK)
			return puts("step") > 0;
	if (out.dim_y[0] != 3 || y[0] != 1 || y[1] != 2 || y[2] != 3 || calls != 2 * F_STEPS)
		return printf("%d results: %g %g %g\n", (int)out.dim_y[0], y[0], y[1], y[2]) > 0;
	in.dim_N = 5;
	return f_step(workspace, &in, &out, &sizes, 0) != EDGERT_ERROR_DIMENSION;
}
END
"$CC" -std=c99 -O1 -Wall -Wextra -Werror -I"$tmp" "$tmp/found.c" "$tmp/f.c" -o "$tmp/found" ||
	fail "found does not compile"
"$tmp/found" || fail "steps of a model whose sizes are found out"
