#include "decoder.h"

#include <string.h>

/* Rows of pixels of 1 (grey) or 3 bytes in a file, `step` bytes apart, which may be negative. */
struct pixels {
	const unsigned char *first;
	edgert_int width, height, step;
	int channels, red; /* where red is among 3: 0 or 2 */
};

static const char *pixel_format(const struct edgert_custom *c)
{
	edgert_int k;

	for (k = 0; k < c->attributes; k++)
		if (strcmp(c->attribute[k].name, "pixel_format") == 0 && c->attribute[k].strings)
			return c->attribute[k].strings[0];
	return "RGB";
}

/* The number in text from *at on, behind blanks and comments; -1: there is none. */
static edgert_int number(const unsigned char *p, edgert_int n, edgert_int *at)
{
	edgert_int v = -1;

	while (*at < n && (p[*at] == '#' || p[*at] <= ' '))
		if (p[(*at)++] == '#')
			while (*at < n && p[*at] != '\n')
				(*at)++;
	for (; *at < n && p[*at] >= '0' && p[*at] <= '9' && v < 100000; (*at)++)
		v = (v < 0 ? 0 : v * 10) + (p[*at] - '0');
	return v;
}

/* P5 and P6: width, height and the greatest value as text, one blank, rows from the top. */
static int read_pnm(const unsigned char *p, edgert_int n, struct pixels *x)
{
	edgert_int at = 2;

	x->width = number(p, n, &at);
	x->height = number(p, n, &at);
	x->channels = p[1] == '6' ? 3 : 1;
	x->red = 0;
	x->step = x->width * x->channels;
	if (x->width < 1 || x->height < 1 || number(p, n, &at) != 255 ||
	    x->step > (n - at - 1) / x->height)
		return EDGERT_ERROR_VALUE;
	x->first = p + at + 1;
	return EDGERT_OK;
}

static edgert_int little(const unsigned char *p)
{
	return (edgert_int)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
			    (uint32_t)p[3] << 24);
}

/* 24 bits without compression: blue, green, red; rows from the bottom, each a multiple of 4 bytes. */
static int read_bmp(const unsigned char *p, edgert_int n, struct pixels *x)
{
	edgert_int start;

	if (n < 54 || p[28] != 24 || p[29] != 0 || little(p + 30) != 0)
		return EDGERT_ERROR_VALUE;
	start = little(p + 10);
	x->width = little(p + 18);
	x->height = little(p + 22);
	x->channels = 3;
	x->red = 2;
	if (x->width < 1 || x->width > 100000 || x->height < 1 || start < 54 || start > n)
		return EDGERT_ERROR_VALUE;
	x->step = (3 * x->width + 3) / 4 * 4;
	if (x->height > (n - start) / x->step)
		return EDGERT_ERROR_VALUE;
	x->first = p + start + (x->height - 1) * x->step;
	x->step = -x->step;
	return EDGERT_OK;
}

/* ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B, in parts of 65536. */
static unsigned char grey(const unsigned char *p, int red)
{
	return (unsigned char)((19595 * (uint32_t)p[red] + 38470 * (uint32_t)p[1] +
				7471 * (uint32_t)p[2 - red] + 32768) >>
			       16);
}

int image_decoder(const struct edgert_custom *c, const void *const *in, void *const *out)
{
	const unsigned char *p = (const unsigned char *)in[0];
	unsigned char *to = (unsigned char *)out[0];
	const edgert_int n = c->input[0].shape[0], *want = c->output[0].shape;
	const char *format = pixel_format(c);
	const int to_grey = strcmp(format, "Grayscale") == 0;
	const int red = strcmp(format, "BGR") == 0 ? 2 : 0;
	struct pixels x;
	edgert_int i, k;
	int status = EDGERT_ERROR_VALUE;

	if (n > 2 && p[0] == 'P' && (p[1] == '5' || p[1] == '6'))
		status = read_pnm(p, n, &x);
	else if (n > 2 && p[0] == 'B' && p[1] == 'M')
		status = read_bmp(p, n, &x);
	if (status != EDGERT_OK)
		return status;
	if (c->output[0].rank != 3 || want[0] != x.height || want[1] != x.width ||
	    want[2] != (to_grey ? 1 : 3))
		return EDGERT_ERROR_VALUE;
	for (i = 0; i < x.height; i++)
		for (k = 0; k < x.width; k++) {
			const unsigned char *from = x.first + i * x.step + k * x.channels;
			const int last = x.channels - 1;

			if (to_grey) {
				*to++ = last ? grey(from, x.red) : *from;
				continue;
			}
			to[red] = from[last ? x.red : 0];
			to[1] = from[last ? 1 : 0];
			to[2 - red] = from[last ? 2 - x.red : 0];
			to += 3;
		}
	return EDGERT_OK;
}
