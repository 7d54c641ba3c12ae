#!/usr/bin/env python3
"""Prints runtime/kernels/ref/case.h: Unicode's simple case mappings, as Python's Unicode database has them.

Run: python3 tools/case_table.py >runtime/kernels/ref/case.h
"""


def runs(change):
    """Runs of characters (first, last, step) that one difference maps."""
    pairs = [(c, ord(change(chr(c))) - c) for c in range(0x110000) if len(change(chr(c))) == 1 and change(chr(c)) != chr(c)]
    at = 0
    while at < len(pairs):
        best, step = at, 1
        for s in (1, 2):
            end = at
            while end + 1 < len(pairs) and pairs[end + 1] == (pairs[end][0] + s, pairs[at][1]):
                end += 1
            if end > best:
                best, step = end, s
        yield pairs[at][0], pairs[best][0], step, pairs[at][1]
        at = best + 1


def table(name, change):
    print(f"static const int32_t edgert_{name}[][4] = {{")
    for row in runs(change):
        print("\t{ %d, %d, %d, %d }," % row)
    print("\t{ INT32_MAX, INT32_MAX, 1, 0 },\n};\n")


print("""/* case.h - Unicode's simple case mappings; made by tools/case_table.py.
 *
 * A row {first, last, step, difference}: each step-th character from first to last becomes itself plus
 * the difference. In ascending order; the last row ends it. */
#ifndef EDGERT_REF_CASE_H
#define EDGERT_REF_CASE_H

#include "../../edgert.h"

/* clang-format off */""")
table("lower", str.lower)
table("upper", str.upper)
print("""/* clang-format on */

EDGERT_FN int32_t edgert_ref_mapped(const int32_t (*table)[4], int32_t c)
{
	for (; (*table)[0] <= c; table++)
		if (c <= (*table)[1] && (c - (*table)[0]) % (*table)[2] == 0)
			return c + (*table)[3];
	return c;
}

#endif""")
