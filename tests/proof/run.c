/* One run of an emitted model on any input, for Frama-C. M_INPUT and M_OUTPUT are the members of the model's structs,
 * M_TYPE their elements. */
#include "m.h"

static unsigned char workspace[M_WORKSPACE_SIZE + 1] __attribute__((aligned(64)));
static M_TYPE x[M_INPUT_0_BYTES / sizeof(M_TYPE)], y[M_OUTPUT_0_BYTES / sizeof(M_TYPE)];
volatile M_TYPE any;

void Frama_C_show_each_done(int status);

int main(void)
{
	struct m_inputs in;
	struct m_outputs out;
	int status;

	for (size_t i = 0; i < sizeof x / sizeof *x; i++)
		x[i] = any;
	in.M_INPUT = x;
	out.M_OUTPUT = y;
	status = m_run(workspace, &in, &out);
	if (status == EDGERT_OK)
		Frama_C_show_each_done(status);
	return status;
}
