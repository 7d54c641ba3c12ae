# lib.sh - sourced by every test script: where things are, scratch space, and results.
#
#	. "$(dirname "$0")/lib.sh"
#
# Gives $top (sources), $build, $edgecc, $CC, $corpus (empty when there is none) and $tmp (removed at the end).
# A script that has many cases reports each with pass, fail_case or skip_case and ends with finish; named NAME.tap,
# every case counts for itself. One that has a single result, NAME.sh, exits 0, or calls fail or skip.
# To run one by hand: `EDGECC=build/edgecc sh tests/NAME.sh`, KEEP=1 keeps $tmp.
# shellcheck shell=sh disable=SC2034 # the variables are for the scripts
set -eu
LC_ALL=C
export LC_ALL
unset MAKEFLAGS MFLAGS MAKELEVEL # a make that a test runs is not part of the one that runs it

top=${top_srcdir:-$(cd "$(dirname "$0")" && while [ ! -f configure.ac ] && [ "$PWD" != / ]; do cd ..; done && pwd)}
build=${top_builddir:-$top}
edgecc=${EDGECC:-$build/edgecc}
case $edgecc in
/*) ;;
*) edgecc=$PWD/$edgecc ;;
esac
CC=${CC:-cc}

corpus=${EDGECC_CORPUS:-}
if [ -z "$corpus" ] && [ -d "$top/../shared/corpus" ]; then
	corpus=$(cd "$top/../shared/corpus" && pwd)
fi

tmp=$(mktemp -d "${TMPDIR:-/tmp}/edgecc-test.XXXXXX")
leave() {
	status=$?
	if [ -n "${KEEP:-}" ]; then echo "# kept: $tmp"; else rm -rf "$tmp"; fi
	exit $status
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# The whole script is skipped: MESSAGE says what was missing.
skip() {
	echo "1..0 # SKIP $*"
	exit 77
}

# The whole script failed.
fail() {
	echo "Bail out! $*"
	exit 1
}

cases=0
failed=0
pass() {
	cases=$((cases + 1))
	echo "ok $cases - $*"
}

# fail_case NAME [FILE]: FILE's first lines, if given, are shown below it.
fail_case() {
	cases=$((cases + 1))
	failed=$((failed + 1))
	echo "not ok $cases - $1"
	if [ $# -gt 1 ] && [ -s "$2" ]; then awk 'NR <= 40 { print "# " $0 }' "$2"; fi
}

# skip_case NAME REASON
skip_case() {
	cases=$((cases + 1))
	echo "ok $cases - $1 # SKIP $2"
}

# check NAME COMMAND...: passes when COMMAND exits 0; its output is shown when not.
check() {
	check_name=$1
	shift
	if "$@" >"$tmp/check.out" 2>&1; then
		pass "$check_name"
	else
		echo "exit status $? of: $*" >>"$tmp/check.out"
		fail_case "$check_name" "$tmp/check.out"
	fi
}

finish() {
	if [ "$cases" -eq 0 ]; then fail "no case ran"; fi
	echo "1..$cases"
	if [ "$failed" -gt 0 ]; then exit 1; fi
	exit 0
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# need PROGRAM...: skips the script unless all are installed.
need() {
	for need_program; do
		have "$need_program" || skip "$need_program is not installed"
	done
}

# need_corpus [FOLDER...]: skips the script unless the corpus, and these folders of it, are there.
need_corpus() {
	[ -n "$corpus" ] || skip "no corpus: set EDGECC_CORPUS"
	for need_folder; do
		[ -e "$corpus/$need_folder" ] || skip "the corpus has no $need_folder"
	done
}

need_edgecc() {
	[ -x "$edgecc" ] || fail "$edgecc is not built"
}
