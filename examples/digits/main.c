/* Runs every held-out sample through the compiled model and prints the accuracy.
 *
 *	digits DIR     DIR holds test_x.npy (uint8, samples x 8 x 8) and test_y.npy (uint8, samples)
 *
 * Exit status: 0; 1 when the accuracy is below 0.95 or the model refuses; 2 when the data
 * cannot be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digits.h"

#define PIXELS DIGITS_INPUT_0_COUNT
#define CLASSES DIGITS_OUTPUT_0_COUNT

/* Reads a .npy file of uint8 in C order: magic, two version bytes, a 16-bit little-endian
 * length, that many characters that describe the array, then the bytes. The caller frees them. */
static unsigned char *read_npy(const char *folder, const char *name, size_t *count)
{
	unsigned char head[10], *bytes = NULL;
	char path[1024], text[1024] = "";
	size_t length = 0;
	FILE *f;
	long end;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (f != NULL && fread(head, 1, 10, f) == 10 && memcmp(head, "\x93NUMPY\x01", 7) == 0)
		length = (size_t)head[8] | (size_t)head[9] << 8;
	if (length > 0 && length < sizeof text && fread(text, 1, length, f) == length &&
	    strstr(text, "'|u1'") != NULL && strstr(text, "'fortran_order': False") != NULL &&
	    fseek(f, 0, SEEK_END) == 0 && (end = ftell(f)) > 0) {
		*count = (size_t)end - 10 - length;
		bytes = malloc(*count + 1);
		if (bytes != NULL && (fseek(f, (long)(10 + length), SEEK_SET) != 0 ||
				      fread(bytes, 1, *count, f) != *count)) {
			free(bytes);
			bytes = NULL;
		}
	}
	if (f != NULL)
		fclose(f);
	if (bytes == NULL)
		fprintf(stderr, "%s: cannot be read as an array of uint8\n", path);
	return bytes;
}

static size_t largest(const float *scores)
{
	size_t best = 0;

	for (size_t i = 1; i < CLASSES; i++)
		if (scores[i] > scores[best])
			best = i;
	return best;
}

int main(int argc, char **argv)
{
	static EDGERT_ALIGNED(DIGITS_WORKSPACE_ALIGN) char workspace[DIGITS_WORKSPACE_SIZE];
	const char *folder = argc > 1 ? argv[1] : ".";
	size_t pixels = 0, samples = 0, right = 0;
	unsigned char *x = read_npy(folder, "test_x.npy", &pixels);
	unsigned char *y = read_npy(folder, "test_y.npy", &samples);
	int status = 2;

	if (x != NULL && y != NULL && samples > 0 && pixels == samples * PIXELS) {
		status = EDGERT_OK;
		for (size_t i = 0; i < samples && status == EDGERT_OK; i++) {
			float image[PIXELS], scores[CLASSES];
			const struct digits_inputs in = { image };
			const struct digits_outputs out = { scores };

			for (size_t k = 0; k < PIXELS; k++)
				image[k] = (float)x[i * PIXELS + k];
			status = digits_run(workspace, &in, &out);
			right += largest(scores) == y[i];
		}
		if (status != EDGERT_OK) {
			fprintf(stderr, "digits_run returned %d\n", status);
			status = 1;
		} else {
			double accuracy = (double)right / (double)samples;

			printf("accuracy %.4f (%zu of %zu)\n", accuracy, right, samples);
			status = accuracy < 0.95;
		}
	} else if (x != NULL && y != NULL) {
		fprintf(stderr, "%s: %zu pixels are not %zu samples\n", folder, pixels, samples);
	}
	free(x);
	free(y);
	return status;
}
