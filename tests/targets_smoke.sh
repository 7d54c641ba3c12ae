#!/bin/sh
# The emulated test bench itself: for every configuration that can run, a right model passes and a wrong one, a
# faulting one, one that needs a library, one that never ends and one that eats the stack are told apart.
srcdir=${srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
run=$srcdir/tests/targets/run.sh
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cp "$srcdir"/tests/targets/smoke/*.[ch] "$srcdir/runtime/edgert.h" "$work" || exit 99
failures=0
ran=0

# expect STATUS CONFIG FLAGS
expect() {
	MODEL_CFLAGS=$3 "$run" --out "$work/$2" "$2" "$work" smoke >"$work/log" 2>&1
	got=$?
	[ "$got" = "$1" ] && return
	echo "$2 with \"$3\": status $got where $1 was expected"
	cat "$work/log"
	failures=$((failures + 1))
}

# The instructions of one run, twice: they must be the same, and more than the 64 operations of the model.
expect_count() {
	for i in 1 2; do
		"$run" --count --out "$work/$1" "$1" "$work" smoke >"$work/log" 2>&1
		sed -n 's/.*: instructions \([0-9]*\).*/\1/p' "$work/log" >"$work/count$i"
	done
	[ -s "$work/count1" ] && [ "$(cat "$work/count1")" -gt 64 ] && cmp -s "$work/count1" "$work/count2" && return
	echo "$1: counts $(cat "$work/count1") and $(cat "$work/count2") where one repeatable number was expected"
	failures=$((failures + 1))
}

for config in $("$run" --list); do
	lacks=$("$run" --missing "$config")
	if [ -n "$lacks" ]; then
		echo "$config: skipped: needs the packages $lacks"
		expect 77 "$config" ""
		continue
	fi
	ran=$((ran + 1))
	expect 0 "$config" ""
	expect 1 "$config" -DSMOKE_WRONG
	expect 99 "$config" -DSMOKE_FAULT
	expect 1 "$config" -DSMOKE_LIBRARY
	expect 99 "$config" -DSMOKE_STACK=400
	expect_count "$config"
	case $config in
	cortex-m0*) expect 99 "$config" -DSMOKE_UNALIGNED ;;
	cortex-m4 | aarch64) expect 0 "$config" -DSMOKE_UNALIGNED ;;
	avr-atmega1284p) TIMEOUT=1 expect 99 "$config" -DSMOKE_LOOP ;;
	rv32imc) TIMEOUT=1 expect 99 "$config" -DSMOKE_LOOP ;;
	esac
done
echo "$ran configurations ran, $failures failures"
[ $failures = 0 ] || exit 1
[ $ran != 0 ] || exit 77
