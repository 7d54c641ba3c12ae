#!/bin/sh
# operators.sh [EDGECC] - OPERATORS.md: what `edgecc ops` lists, as tables. tests/operators.tap says when it is out of date:
#
#	tools/operators.sh build/edgecc >OPERATORS.md
set -eu
edgecc=${1:-build/edgecc}

cat <<'END'
# Operators

Made of `edgecc ops` by tools/operators.sh. A row serves the versions of its operator that it names, a row without a
description older ones: they become the newest form when a model is read. What stands under limit is what the
error says when a model goes beyond it, with the node and the sizes at hand.

| group of types | |
|---|---|
| floats | float16, bfloat16, float, double |
| ints | int8 to int64, uint8 to uint64 (sints, uints: one of the two) |
| num | ints and floats |
| small | float8 of all kinds, float4e2m1, int4, uint4, int2, uint2 |
| all | num, small, bool, string, complex |

END
# A line is: name, domain, versions, then types, "; " what it computes, "; limit: " the limit.
"$edgecc" ops | LC_ALL=C sort -s -b -k 2,2 -k 1,1 | awk '
function cell(text) {
	gsub(/[|<>*_`\\]/, "\\\\&", text)
	return text
}
$2 != domain {
	domain = $2
	printf "%s## %s\n\n", (NR > 1 ? "\n" : ""), domain
	print "| operator | versions | types | what it computes | limit |\n|---|---|---|---|---|"
}
{
	name = $1
	versions = $3
	rest = $0
	sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, "", rest)
	limit = ""
	if (at = index(rest, "; limit: ")) {
		limit = substr(rest, at + 9)
		rest = substr(rest, 1, at - 1)
	}
	types = rest
	doc = ""
	if (at = index(rest, "; ")) {
		types = substr(rest, 1, at - 1)
		doc = substr(rest, at + 2)
	}
	gsub(/,/, ", ", types)
	printf "| %s | %s | %s | %s | %s |\n", name, versions, types, cell(doc), cell(limit)
}'
