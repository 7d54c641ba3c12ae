/* The functions of two custom operators; see `man edgecc`, "Custom operators". */
#ifndef CLIP_H
#define CLIP_H

#include "edgert.h"

/* example.SoftClip(x, limits): y = x between limits[0] and limits[1], beyond them a slope of attribute "slope". */
int soft_clip(const struct edgert_custom *c, const void *const *in, void *const *out);

/* example.RowStatistics(x [n, m]): least [n], and, when the model wants it, where [n]. */
int row_statistics(const struct edgert_custom *c, const void *const *in, void *const *out);

#endif
