#!/bin/sh
# Times the vector kernels on the layers of the benchmark models.
# usage: run.sh [lanes [model [mr nv block]]]
# Environment: CC, CFLAGS (default: AVX2), SECONDS_PER_LAYER.
set -e
top=$(cd "$(dirname "$0")/../.." && pwd)
lanes=${1:-8}
: "${CC:=gcc}" "${CFLAGS=-O2 -mavx2 -mfma -ffp-contract=off}" "${SECONDS_PER_LAYER:=0.05}"
host=
for f in tile conv2d_f32 dwconv2d_f32 gemm_f32 recurrence_f32 windows_f32 winograd_f32; do
	host="$host $top/compiler/plan/kernels/$f.c"
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
$CC -std=c11 -O1 -I"$top" -o "$dir/print" "$top/bench/kernels/print.c" $host -lm
"$dir/print" "$@" >"$dir/layers.inc" 2>"$dir/rows.inc"
$CC -std=gnu11 $CFLAGS -Wno-psabi -DEDGERT_VF_LANES="$lanes" -I"$top" -I"$dir" -o "$dir/time" \
	"$top/bench/kernels/time.c" -lm
"$dir/time" "$SECONDS_PER_LAYER"
