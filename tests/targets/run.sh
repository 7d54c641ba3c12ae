#!/bin/sh
# Compiles an emitted model with its self-test for a configuration of `configs` and runs it under
# an emulator.
#
#	run.sh [--count] [--out DIR] CONFIG DIR NAME
#	                          runs DIR/NAME.c with NAME.h, NAME_test.c and edgert.h beside it
#	run.sh --list             the configurations
#	run.sh --target CONFIG    the edgecc profile of a configuration
#	run.sh --arch CONFIG      its column arch
#	run.sh --missing CONFIG   the packages it lacks; nothing when it can run
#
# Prints the largest error, a digest of the outputs (the same for the same numbers, whatever the
# byte order) and the stack of NAME_run in bytes, with --count also its instructions.
# Exit status: 0 passed, 1 wrong result or it does not build, 2 usage, 77 a tool is missing, 99 a
# fault, or no end within TIMEOUT seconds (120). Objects go to --out (DIR/CONFIG unless given),
# the simulator and the plugin to its folder tools. MODEL_CFLAGS is added when the model and its
# self-test are compiled.
set -u
here=$(cd "$(dirname "$0")" && pwd)
timeout=${TIMEOUT:-120}
count=no
out=

fail() {
	echo "run.sh: $*" >&2
	exit 2
}

# Sets the variables of the row of configuration $1.
row() {
	line=$(awk -F'|' -v name="$1" '
		!/^#/ && NF { n = $1; gsub(/ /, "", n); if (n == name) print }' "$here/configs")
	[ -n "$line" ] || fail "no configuration \"$1\"; run.sh --list prints them"
	column() { printf '%s\n' "$line" | cut -d'|' -f"$1" | sed 's/^ *//; s/ *$//'; }
	target=$(column 2) arch=$(column 3) compiler=$(column 4) linker=$(column 5)
	emulator=$(column 6) memory=$(column 7) packages=$(column 8)
	[ "$linker" != - ] || linker=$compiler
	cc=${compiler%% *}
	flags=${compiler#"$cc"}
}

# has_header HEADER COMPILER...
has_header() {
	header=$1
	shift
	printf '#include <%s>\n' "$header" | "$@" -E - >/dev/null 2>&1
}

have() {
	command -v "$1" >/dev/null
}

# Prints what the row lacks.
missing() {
	# shellcheck disable=SC2086 # commands with their options
	case $arch in
	avr)
		have avr-gcc && has_header avr/io.h $compiler &&
			has_header sim_avr.h "${HOSTCC:-cc}" -I/usr/include/simavr &&
			has_header libelf.h "${HOSTCC:-cc}" ;;
	linux)
		have "${emulator%% *}" && have "$cc" && have "${linker%% *}" &&
			has_header stdlib.h $linker ;;
	wasm)
		have "${emulator%% *}" && have "$cc" && have wasm-ld-14 ;;
	*)
		have "${emulator%% *}" && have "$cc" && have "${linker%% *}" ;;
	esac || echo "$packages"
}

# compile FILE OBJECT FLAGS...
compile() {
	file=$1 object=$2
	shift 2
	# shellcheck disable=SC2086 # a list of flags
	$cc -std=c99 -O2 -g -Wall -Wextra -ffunction-sections -fdata-sections -fno-common \
		-ffp-contract=off $flags -I"$dir" "$@" -c "$file" -o "$object" || exit 1
	[ "$linker" = "$compiler" ] || # clang's attributes name extensions that Debian's ld does not know
		"${linker%%gcc*}objcopy" -R .riscv.attributes "$object" || exit 1
}

# Libc has no place in emitted code; names that begin with __ are libgcc's, which the compiler
# itself calls, those with one _ the linker's. (nm does not read WebAssembly; there, nothing is linked that could serve them.)
check_symbols() {
	[ "$arch" != wasm ] || return 0
	foreign=$(nm -u "$out/$name.o" |
		awk '$1 == "U" && $2 !~ /^(__|_GLOBAL_OFFSET_TABLE_$|_gp_disp$|mem(cpy|set|move|cmp)$)/ {
			printf " %s", $2 }')
	public=$(nm -g --defined-only "$out/$name.o" | awk -v name="$name" '
		$3 !~ /^__/ && index($3, name "_") != 1 { printf " %s", $3 }')
	[ -z "$public" ] || { echo "run.sh: $name.c defines$public" >&2; exit 1; }
	[ -z "$foreign" ] || { echo "run.sh: $name.c needs a library for:$foreign" >&2; exit 1; }
}

# build_tool OUTPUT SOURCE FLAGS...: through a temporary name, for several may run at once.
build_tool() {
	output=$1 source=$2
	shift 2
	[ -e "$output" ] && [ -z "$(find "$source" -newer "$output")" ] && return
	mkdir -p "$(dirname "$output")"
	${HOSTCC:-cc} -std=c11 -O2 "$source" -o "$output.$$" "$@" && mv "$output.$$" "$output" ||
		fail "$source does not compile"
}

address() {
	nm "$elf" | awk -v name="$1" '$3 == name { print $1 }'
}

# The bytes and the number of elements of each output, for bench.c.
output_sizes() {
	awk '$2 ~ /_OUTPUT_[0-9]+_COUNT$/ { count = $3 }
		$2 ~ /_OUTPUT_[0-9]+_BYTES$/ { printf "{ %s, %s },", $3, count }' "$dir/$name.h"
}

link() {
	flash=${memory%% *} ram=${memory##* }
	# shellcheck disable=SC2086 # commands with their options
	case $arch in
	linux)
		$linker -static "-Wl,--wrap=${name}_run" "$@" -o "$elf" ;;
	wasm)
		wasm-ld-14 --wrap="${name}_run" --no-entry --stack-first -z stack-size=65536 "$@" \
			-o "$elf" ;;
	avr)
		$linker "-Wl,--wrap=${name}_run,--gc-sections" \
			"-Wl,--defsym=__DATA_REGION_LENGTH__=${ram#*+}-512" \
			"-Wl,--defsym=__TEXT_REGION_LENGTH__=${flash#*+}" "$@" -o "$elf" ;;
	*)
		$linker -nostdlib "-Wl,--wrap=${name}_run,--gc-sections" -Wl,--no-warn-rwx-segments,--build-id=none \
			"-Wl,--defsym=FLASH_START=${flash%+*},--defsym=FLASH_SIZE=${flash#*+}" \
			"-Wl,--defsym=RAM_START=${ram%+*},--defsym=RAM_SIZE=${ram#*+}" \
			-T "$here/$arch/link.ld" "$@" -lgcc -o "$elf" ;;
	esac || exit 1
}

emulate() {
	plugin=
	if [ $count = yes ] && [ "$arch" != avr ] && [ "$arch" != wasm ] && [ "$emulator" != env ]; then
		build_tool "$tools/count.so" "$here/count.c" -shared -fPIC -fvisibility=hidden
		plugin="-plugin $tools/count.so,out=$out/count"
		plugin="$plugin,begin=$(address bench_begin),end=$(address bench_end)"
	fi
	# shellcheck disable=SC2086
	case $arch in
	cortex-m)
		timeout "$timeout" $emulator $plugin -display none -monitor none -serial null \
			-nic none -chardev stdio,id=con \
			-semihosting-config enable=on,target=native,chardev=con \
			-kernel "$elf" </dev/null 2>"$out/stderr" ;;
	aarch64 | xtensa)
		timeout "$timeout" $emulator $plugin -display none -monitor none -serial stdio \
			-semihosting-config enable=on,target=native \
			-kernel "$elf" </dev/null 2>"$out/stderr" ;;
	riscv)
		timeout "$timeout" $emulator $plugin -display none -monitor none -serial stdio \
			-kernel "$elf" </dev/null 2>"$out/stderr" ;;
	avr)
		build_tool "$tools/runner" "$here/avr/runner.c" -I/usr/include/simavr -lsimavr -lelf
		timeout "$timeout" "$tools/runner" "$emulator" "$elf" </dev/null 2>"$out/stderr" ;;
	linux)
		timeout "$timeout" $emulator $plugin "$elf" </dev/null 2>"$out/stderr" ;;
	wasm)
		timeout "$timeout" $emulator "$here/wasm/run.mjs" "$elf" </dev/null 2>"$out/stderr" ;;
	esac
}

while :; do
	case ${1-} in
	--list)
		awk -F'|' '!/^#/ && NF { gsub(/ /, "", $1); print $1 }' "$here/configs"
		exit ;;
	--target)
		row "${2-}"
		echo "$target"
		exit ;;
	--arch)
		row "${2-}"
		echo "$arch"
		exit ;;
	--missing)
		row "${2-}"
		missing
		exit ;;
	--count)
		count=yes
		shift ;;
	--out)
		out=${2-}
		shift 2 || fail "--out needs a folder" ;;
	*)
		break ;;
	esac
done
[ $# = 3 ] || fail "usage: run.sh [--count] [--out DIR] CONFIG DIR NAME"
config=$1 dir=$2 name=$3
row "$config"
lacks=$(missing)
[ -z "$lacks" ] || { echo "$config: skipped: needs the packages $lacks"; exit 77; }
[ -n "$out" ] || out=$dir/$config
mkdir -p "$out" || exit 2
tools=$out/tools
elf=$out/$name.elf

strict="-pedantic -Wconversion -Wdouble-promotion -Wshadow -Werror"
# shellcheck disable=SC2086 # lists of flags
compile "$dir/$name.c" "$out/$name.o" -ffreestanding $strict ${MODEL_CFLAGS-}
# shellcheck disable=SC2086
compile "$dir/${name}_test.c" "$out/${name}_test.o" -ffreestanding -DEDGERT_SELFTEST_NO_MAIN \
	${MODEL_CFLAGS-}
compile "$here/bench.c" "$out/bench.o" -ffreestanding -DMODEL="$name" \
	-DMODEL_HEADER="\"$name.h\"" -DOUTPUT_SIZES="$(output_sizes)"
case $arch in
linux) compile "$here/$arch/start.c" "$out/start.o" -D_POSIX_C_SOURCE=200809L ;;
*) compile "$here/$arch/start.c" "$out/start.o" -ffreestanding ;;
esac
set -- "$out/$name.o" "$out/${name}_test.o" "$out/bench.o" "$out/start.o"
check_symbols
case $arch in
avr | linux) ;; # their C library has them
*)
	case $cc in
	clang*) as_loops=-fno-builtin ;;
	*) as_loops=-fno-tree-loop-distribute-patterns ;;
	esac
	compile "$here/mem.c" "$out/mem.o" -ffreestanding $as_loops
	set -- "$@" "$out/mem.o" ;;
esac
case $arch in
xtensa) # Debian's libgcc leaves these to the chip's ROM
	compile "$here/$arch/soft.c" "$out/soft.o" -ffreestanding
	set -- "$@" "$out/soft.o" ;;
esac
link "$@"

rm -f "$out/count"
emulate >"$out/stdout"
status=$?
sed "s/^/$config: /" "$out/stdout"
if [ $count = yes ]; then
	[ "$arch" != avr ] || grep '^instructions' "$out/stderr" >"$out/count"
	[ ! -e "$out/count" ] || sed "s/^/$config: /" "$out/count"
fi
case $status in
0 | 1)
	exit $status ;;
124)
	echo "$config: no end within $timeout s" ;;
*)
	echo "$config: fault (the emulator's status is $status)" ;;
esac
esc=$(printf '\033')
sed "s/$esc\[[0-9;]*m//g; /^instructions/d; /has no peer/d" "$out/stderr"
exit 99
