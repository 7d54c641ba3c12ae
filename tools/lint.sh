#!/bin/sh
# lint.sh - what can be said of the sources without running them; `make lint` calls it.
#
#	format     clang-format 14 (Debian 12) agrees with .clang-format
#	order      a folder of the compiler includes only itself and the folders before it; the runtime
#	           includes nothing of the compiler
#	headers    every header, and every file of the runtime, compiles alone, with a second compiler too
#	lists      every source file stands in a local.mk, and every file in a local.mk exists
#	tables     rows that name a file or a function name one that exists
#	scripts    shellcheck, where it is installed
#
# Exit status: 0, or 1 when there is anything to say. `lint.sh CHECK...` runs only these.
set -u
LC_ALL=C
export LC_ALL
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 1
CC=${CC:-cc}
CPPFLAGS=${CPPFLAGS:-}
build=${top_builddir:-.}
export CC CPPFLAGS build
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
folders="support ir tir ops frontend passes quant plan codegen host driver"

# files DIR... -- SUFFIX...: the files below with one of these suffixes, without build trees.
files() {
	dirs=
	while [ "$1" != -- ]; do
		dirs="$dirs $1"
		shift
	done
	shift
	pattern=$(printf '|%s' "$@")
	# shellcheck disable=SC2086 # a list of folders
	find $dirs -type d \( -name 'build*' -o -name out -o -name '.*' \) -prune -o -type f -print |
		grep -E "\.(${pattern#|})\$" | grep -Ev 'onnx\.pb-c\.[ch]$|embedded_files\.c$' | sort
}

say() {
	echo "lint: $*"
	: >"$tmp/said"
}

# The lines of standard input are complaints.
say_all() {
	while IFS= read -r line; do say "$line"; done
}

lint_format() {
	if ! command -v clang-format >/dev/null; then
		say "format: clang-format is not installed"
		return
	fi
	case $(clang-format --version) in
	*"version 14."*) ;;
	*)
		echo "lint: format: not checked: this is not clang-format 14, which formats differently"
		return
		;;
	esac
	# one short line per file: several processes write at once
	# shellcheck disable=SC2016 # for the inner shell
	files compiler runtime tests examples bench tools -- c h |
		xargs -P 4 -n 16 sh -c 'for file; do
			clang-format --dry-run -Werror "$file" >/dev/null 2>&1 ||
				echo "$file:1: not formatted: clang-format -i $file"
		done' sh | sort >"$tmp/format"
	say_all <"$tmp/format"
}

# Included paths are looked up from the including file's folder, then from the top.
lint_order() {
	files compiler runtime -- c h def inc | xargs awk -v folders="$folders" '
	function normal(path,   n, part, out, i, depth) {
		n = split(path, part, "/")
		depth = 0
		for (i = 1; i <= n; i++) {
			if (part[i] == "..") depth--
			else if (part[i] != "." && part[i] != "") out[++depth] = part[i]
			if (depth < 0) return "outside"
		}
		path = out[1]
		for (i = 2; i <= depth; i++) path = path "/" out[i]
		return path
	}
	function exists(path,   line, ok) {
		ok = (getline line < path) >= 0
		close(path)
		return ok
	}
	function folder(path,   part) {
		split(path, part, "/")
		return part[1] == "compiler" ? part[2] : part[1]
	}
	BEGIN {
		n = split(folders, name, " ")
		for (i = 1; i <= n; i++) rank[name[i]] = i
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, quoted, "\"")
		dir = FILENAME
		sub("[^/]*$", "", dir)
		path = normal(dir quoted[2])
		if (path == "outside" || !exists(path)) path = quoted[2]
		if (path == "onnx.pb-c.h") path = "compiler/frontend/onnx.pb-c.h"
		from = folder(FILENAME)
		to = folder(path)
		where = FILENAME ":" FNR ": "
		if (from == "runtime") {
			if (path ~ /^compiler\//) print where "the runtime includes " path " of the compiler"
		} else if (to == "runtime") {
			next
		} else if (!(from in rank)) {
			print where "folder " from " has no place in the order (tools/lint.sh)"
		} else if (!(to in rank)) {
			print where "includes " quoted[2] ", which is neither the compiler nor the runtime"
		} else if (rank[to] > rank[from]) {
			print where from " includes " to ", which comes after it"
		}
	}' >"$tmp/order"
	say_all <"$tmp/order"
}

# A fragment, meant for a place prepared for it, ends in .inc or .def, not .h. The runtime's .c files too: they are
# included into emitted code.
lint_headers() {
	cat >"$tmp/alone" <<-'END'
		strict="-std=c99 -pedantic -Wall -Wextra -Wconversion -Wdouble-promotion -Wshadow -Werror"
		for file; do
			flags="-std=c11 $CPPFLAGS -I$build -I$build/compiler/frontend -Wall -Wextra"
			case $file in runtime/*) flags=$strict ;; esac
			for cc in $compilers; do
				# shellcheck disable=SC2086 # flags
				error=$(printf '#include "%s"\n' "$file" | $cc $flags -I. -fsyntax-only -x c - 2>&1) ||
					printf '%s:1: does not compile alone with %s: %s\n' "$file" "$cc" \
						"$(printf '%s\n' "$error" | grep -m 1 error:)"
			done
		done
	END
	compilers=$CC
	case $CC in *clang*) ;; *) if command -v clang >/dev/null; then compilers="$CC clang"; fi ;; esac
	export compilers
	{
		files compiler tests -- h | grep -v '^tests/targets/'
		files runtime -- h c
	} | xargs -P 4 -n 8 sh "$tmp/alone" | sort >"$tmp/headers"
	say_all <"$tmp/headers"
}

lint_lists() {
	files compiler runtime targets tests examples bench tools man -- c h def inc S yaml ld sh tap py 1 5 \
		>"$tmp/present"
	# every word of the lists that is a path: make's own words and variables fall away
	sed 's/#.*//; s/\\$//' Makefile.am ./*/local.mk ./compiler/*/local.mk |
		tr -s '[:blank:]' '\n' | grep -E '^[a-z.][A-Za-z0-9_.-]*/[A-Za-z0-9_./-]+\.[A-Za-z0-9]+$' |
		grep -Ev '^\.|onnx\.pb-c\.[ch]$|embedded_files\.c$|local\.mk$' | sort -u >"$tmp/listed"
	comm -23 "$tmp/present" "$tmp/listed" | sed 's/$/:1: stands in no local.mk/' >"$tmp/lists"
	comm -13 "$tmp/present" "$tmp/listed" | while read -r path; do
		[ -e "$path" ] || echo "$path: stands in a local.mk but does not exist"
	done >>"$tmp/lists"
	say_all <"$tmp/lists"
}

lint_tables() {
	sed -n 's/^SUITE(\(.*\))$/tests\/unit\/test_\1.c/p' tests/unit/suites.def | sort >"$tmp/suites"
	files tests/unit -- c | grep /test_ >"$tmp/tests"
	{
		comm -23 "$tmp/suites" "$tmp/tests" | sed 's/^/tests\/unit\/suites.def: no file /'
		comm -13 "$tmp/suites" "$tmp/tests" | sed 's/$/:1: has no row in suites.def/'
		sort -c "$tmp/suites" 2>/dev/null || echo "tests/unit/suites.def: rows are not sorted"

		# a quoted path of a kernel is a file of the runtime; comments may give examples
		files compiler runtime -- c h def | xargs awk '
		{ gsub(/\/\*.*\*\//, "") }
		!/^[ \t]*(\/\*|\*|#[ \t]*include)/ && match($0, /"kernels\/[A-Za-z0-9_\/.-]+\.[ch]"/) {
			print FILENAME ":" FNR ":" substr($0, RSTART + 1, RLENGTH - 2)
		}' | while IFS=: read -r file line path; do
			[ -f "runtime/$path" ] || echo "$file:$line: there is no runtime/$path"
		done
	} >"$tmp/tables"
	say_all <"$tmp/tables"
}

lint_scripts() {
	command -v shellcheck >/dev/null || return 0
	{
		files tests tools bench -- sh tap
		echo bootstrap
		echo .ci/run
	} | xargs shellcheck -S warning -e SC1091,SC2154 -f gcc >"$tmp/scripts" || say_all <"$tmp/scripts"
}

[ $# -gt 0 ] || set -- format order headers lists tables scripts
for check; do
	"lint_$check"
done
if [ -e "$tmp/said" ]; then exit 1; fi
echo "lint: nothing to say"
