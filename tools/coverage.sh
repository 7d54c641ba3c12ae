#!/bin/sh
# coverage.sh - lines executed, per folder and file, after `make check` in a tree configured with --enable-coverage;
# `make coverage` calls it. Files are sorted by the number of lines that never ran.
set -eu
cd "${top_builddir:-.}"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if ! find . -name '*.gcda' | grep -q .; then
	echo "coverage: no counts: configure with --enable-coverage, then make check" >&2
	exit 1
fi
case ${CC:-gcc} in
*clang*) gcov="llvm-cov gcov" ;;
*) gcov=gcov ;;
esac
# A header's lines are counted in each object that includes it: the best of them is taken.
# shellcheck disable=SC2086 # a command and its argument
find . -name '*.gcda' -print0 | xargs -0 $gcov -n 2>/dev/null | awk -v top="${top_srcdir:-.}/" '
	/^File / {
		file = substr($0, 7, length($0) - 7)
		while (sub(/[^\/]*[^\/.][^\/]*\/\.\.\//, "", file)) continue
		sub(/^(\.\.\/)+/, "", file)
		if (index(file, top) == 1) file = substr(file, length(top) + 1)
	}
	/^Lines executed:/ && file ~ /^(compiler|runtime)\// && file !~ /pb-c/ {
		split($0, part, /[:% ]+/)
		lines[file] = part[5]
		ran = part[5] * part[3] / 100
		if (ran > best[file]) best[file] = ran
		file = ""
	}
	END {
		for (f in lines)
			printf "%6d of %6d lines never ran, %5.1f %% did  %s\n",
				lines[f] - best[f], lines[f], 100 * best[f] / lines[f], f
	}' >"$tmp/files"
sort -rn "$tmp/files"
echo
awk '{
	n = split($NF, part, "/")
	folder = part[1] == "compiler" ? part[1] "/" part[2] : part[1]
	missed[folder] += $1; lines[folder] += $3; m += $1; l += $3
}
END {
	for (f in lines) printf "%5.1f %% of %6d lines  %s\n", 100 * (1 - missed[f] / lines[f]), lines[f], f
	printf "%5.1f %% of %6d lines  all\n", 100 * (1 - m / l), l
}' "$tmp/files" | sort -k 6
