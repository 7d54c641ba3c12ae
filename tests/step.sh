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
