#!/bin/sh
# check.sh [BUILD] - on a bare Debian 12: installs what testing needs, builds edgecc under AddressSanitizer and UBSan
# in BUILD (build-check), and runs lint and every test. The last line is "N passed, N failed, N skipped"; the exit
# status is 0 when nothing failed. Tests over the corpus of models run when EDGECC_CORPUS names it, or when it is at
# ../shared/corpus.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build-check}

tools/packages.sh build test
[ -x configure ] || ./bootstrap
mkdir -p "$build"
build=$(cd "$build" && pwd)
top=$PWD
if [ ! -f "$build/Makefile" ]; then
	(cd "$build" && "$top/configure" --quiet --enable-asan --enable-ubsan CFLAGS="${CFLAGS--O1 -g}")
fi
make -C "$build" -s -j "$(nproc)"

passed=0 failed=0 skipped=0
lint=$build/lint.log
if make -C "$build" -s lint >"$lint" 2>&1; then passed=1; else failed=1; fi
cat "$lint"

rm -f "$build/test-suite.log"
status=0
make -C "$build" -s -k -j "$(nproc)" check || status=$?
if [ ! -f "$build/test-suite.log" ]; then
	echo "check.sh: the tests did not run" >&2
	exit 1
fi

# count RESULT...: from the head of automake's log
count() {
	sum=0
	for result; do
		n=$(sed -n "s/^# $result: *\([0-9]*\)\$/\1/p" "$build/test-suite.log" | head -n 1)
		sum=$((sum + n))
	done
	echo "$sum"
}
passed=$((passed + $(count PASS XFAIL)))
failed=$((failed + $(count FAIL XPASS ERROR)))
skipped=$((skipped + $(count SKIP)))
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi

if [ "$failed" -gt 0 ]; then
	echo
	echo "what failed ($build/test-suite.log has more):"
	grep -h '^lint: ' "$lint" | grep -v 'nothing to say' | head -n 100
	grep -hE '^(FAIL|XPASS|ERROR):? ' "$build/test-suite.log" | sort -u | head -n 100
fi
if [ "$skipped" -gt 0 ]; then
	echo
	echo "what was skipped:"
	grep -hE '^SKIP:? ' "$build"/tests/*.log | sort | uniq -c | sort -rn | head -n 20
fi
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
