/* Classifies one digit and prints its class; the exit status is 0 when it is the right one. */
#include "digits.h"

void board_print(const char *text); /* startup.c */

/* A handwritten 3 from the test set: 8 x 8 pixels, 0 (paper) to 16 (ink). */
static const float image[DIGITS_INPUT_0_COUNT] = {
	0,  0, 2, 11, 12, 1, 0,  0, 0, 2,  14, 9, 9, 8,  0, 0,  0,  10, 12, 0, 13, 6,
	0,  0, 0, 6,  5,  2, 13, 2, 0, 0,  0,  0, 0, 10, 9, 0,  0,  0,  0,  0, 0,  1,
	10, 9, 1, 0,  0,  0, 6,  7, 0, 12, 6,  0, 0, 0,  1, 12, 16, 16, 5,  0,
};

int main(void)
{
	static EDGERT_ALIGNED(DIGITS_WORKSPACE_ALIGN) char workspace[DIGITS_WORKSPACE_SIZE];
	static float scores[DIGITS_OUTPUT_0_COUNT];
	const struct digits_inputs in = { image };
	const struct digits_outputs out = { scores };
	char text[] = "class 0\n";
	int best = 0;

	if (digits_run(workspace, &in, &out) != EDGERT_OK)
		return 2;
	for (int i = 1; i < DIGITS_OUTPUT_0_COUNT; i++)
		if (scores[i] > scores[best])
			best = i;
	text[6] = (char)('0' + best);
	board_print(text);
	return best != 3;
}
