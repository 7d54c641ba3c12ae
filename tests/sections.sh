#!/bin/sh
# The sections of the runtime's numeric headers (see runtime/kernels/bits.h): what a section names of
# other sections it declares, directly or through what it needs; what it needs exists; names occur once.
. "$(dirname "$0")/lib.sh"

awk '
function words(text, list,   n, i, m) {
	gsub(/[^A-Za-z0-9_]+/, " ", text)
	m = split(text, part, " ")
	n = 0
	for (i = 1; i <= m; i++)
		if (part[i] ~ /^(edgert|EDGERT)_/)
			list[++n] = part[i]
	return n
}
function reach(from, to,   n, i, list) {
	if (from == to)
		return 1
	if ((from, to) in seen)
		return 0
	seen[from, to] = 1
	n = words(needs[from], list)
	for (i = 1; i <= n; i++)
		if (reach(list[i], to))
			return 1
	return 0
}
function reaches(from, to) {
	split("", seen)
	return reach(from, to)
}
function complain(text) {
	print text
	bad = 1
}
/^\/\* @end/ { name = ""; next }
/^\/\* @fn / {
	name = $3
	sub(/:$/, "", name)
	if (name in where)
		complain(FILENAME ": " name " is also in " where[name])
	where[name] = FILENAME
	count++
	head = 1
	line = $0
	sub(/^.*needs/, "", line)
}
head {
	needs[name] = needs[name] " " (line != "" ? line : $0)
	line = ""
	if (/\*\//)
		head = 0
	next
}
name != "" { body[name] = body[name] " " $0 }
END {
	for (s in where) {
		n = words(needs[s], list)
		for (i = 1; i <= n; i++)
			if (!(list[i] in where))
				complain(where[s] ": " s " needs " list[i] ", which no section defines")
		gsub(/\/\*[^*]*\*+([^\/*][^*]*\*+)*\//, "", body[s])
		n = words(body[s], list)
		for (i = 1; i <= n; i++)
			if (list[i] in where && !reaches(s, list[i]))
				complain(where[s] ": " s " uses " list[i] " and does not say so")
	}
	if (count < 100)
		complain("only " count " sections found")
	exit bad
}' "$top"/runtime/kernels/*.h
