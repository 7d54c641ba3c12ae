/* npy.h - inside the frontend: NumPy's .npy files. */
#ifndef EDGECC_NPY_H
#define EDGECC_NPY_H

#include "frontend.h"

struct npy_kind {
	char kind;    /* NumPy's letter; 0 ends the table */
	int64_t size; /* of an element, bytes */
	enum dtype type;
	size_t part; /* bytes that a byte swap turns round */
};
extern const struct npy_kind npy_kinds[];

static inline bool npy_host_is_big(void)
{
	const uint16_t one = 1;
	return *(const uint8_t *)&one == 0;
}

/* Whether data begins as a .npy file does. */
bool npy_is(const uint8_t *data, size_t size);
/* A .npy file in memory as a constant of its own type (void bytes, as ml_dtypes writes bfloat16 and
 * smaller types, as unsigned integers). */
bool npy_read(struct arena *a, struct diag *d, const struct loc *loc, const uint8_t *data,
	      size_t size, struct constant **out);

#endif
