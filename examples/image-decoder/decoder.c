#include "decoder.h"
#include "formats.h"

#include <stdlib.h>
#include <string.h>

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
	x->size = p[1] == '6' ? 3 : 1;
	x->red = p[1] == '6' ? 0 : -1;
	x->step = x->width * x->size;
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
	x->size = 3;
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

/* What a file of each format begins with. */
static const struct {
	const char *magic;
	edgert_int length;
	int (*read)(const unsigned char *p, edgert_int n, struct pixels *x);
} formats[] = {
	{ "P5", 2, read_pnm },
	{ "P6", 2, read_pnm },
	{ "BM", 2, read_bmp },
#ifdef WITH_JPEG
	{ "\377\330\377", 3, read_jpeg },
#endif
#ifdef WITH_PNG
	{ "\211PNG", 4, read_png },
#endif
#ifdef WITH_TIFF
	{ "II*\0", 4, read_tiff },
	{ "MM\0*", 4, read_tiff },
#endif
#ifdef WITH_WEBP
	{ "RIFF", 4, read_webp },
#endif
#ifdef WITH_JPEG2000
	{ "\0\0\0\014jP", 6, read_jpeg2000 },
	{ "\377\117\377\121", 4, read_jpeg2000 },
#endif
};

static int read_image(const unsigned char *p, edgert_int n, struct pixels *x)
{
	size_t k;

	for (k = 0; k < sizeof formats / sizeof *formats; k++)
		if (n >= formats[k].length &&
		    memcmp(p, formats[k].magic, (size_t)formats[k].length) == 0)
			return formats[k].read(p, n, x);
	return EDGERT_ERROR_VALUE;
}

/* One pixel to 1 byte, or to 3 with red at `red`. */
static void put(const struct pixels *x, const unsigned char *from, unsigned char *to, int to_grey,
		int red)
{
	if (to_grey) {
		*to = x->red < 0 ? *from : grey(from, x->red);
		return;
	}
	to[red] = from[x->red < 0 ? 0 : x->red];
	to[1] = from[x->red < 0 ? 0 : 1];
	to[2 - red] = from[x->red < 0 ? 0 : 2 - x->red];
}

int image_decoder(const struct edgert_custom *c, const void *const *in, void *const *out)
{
	const edgert_int *want = c->output[0].shape;
	unsigned char *to = (unsigned char *)out[0];
	const char *format = pixel_format(c);
	const int to_grey = strcmp(format, "Grayscale") == 0;
	const int red = strcmp(format, "BGR") == 0 ? 2 : 0, channels = to_grey ? 1 : 3;
	struct pixels x = { 0 };
	edgert_int i, k;
	int status = read_image((const unsigned char *)in[0], c->input[0].shape[0], &x);

	if (status == EDGERT_OK && (c->output[0].rank != 3 || want[0] != x.height ||
				    want[1] != x.width || want[2] != channels))
		status = EDGERT_ERROR_VALUE;
	for (i = 0; status == EDGERT_OK && i < x.height; i++)
		for (k = 0; k < x.width; k++, to += channels)
			put(&x, x.first + i * x.step + k * x.size, to, to_grey, red);
	free(x.owned);
	return status;
}
