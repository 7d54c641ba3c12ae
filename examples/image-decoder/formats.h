/* What a decoder of one format gives, and those that stand on libraries (libraries.c). */
#ifndef FORMATS_H
#define FORMATS_H

#include "edgert.h"

/* Rows of pixels, `step` bytes apart, which may be negative. A pixel is `size` bytes, of which the first is grey, or
 * the first three are colours. */
struct pixels {
	const unsigned char *first;
	edgert_int width, height, step;
	int size;
	int red;     /* where red is among 3 colours: 0 or 2; -1: grey */
	void *owned; /* what free() takes back, or NULL */
};

/* Reads the file p[0..n) and returns an enum edgert_status. The library of each is linked where the compiler is given
 * -DWITH_JPEG ... */
int read_jpeg(const unsigned char *p, edgert_int n, struct pixels *x);
int read_png(const unsigned char *p, edgert_int n, struct pixels *x);
int read_tiff(const unsigned char *p, edgert_int n, struct pixels *x);
int read_webp(const unsigned char *p, edgert_int n, struct pixels *x);
int read_jpeg2000(const unsigned char *p, edgert_int n, struct pixels *x);

#endif
