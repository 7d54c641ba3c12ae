#!/bin/sh
# run.sh FUZZ SECONDS [PARSER...]: feeds each parser, or those named, from the seeds in this tree for so many seconds
# each. FUZZ is tests/fuzz/fuzz of a build that was configured with CC=clang --enable-fuzz. What makes one fail is left
# as crash-*, and the corpora that grow as corpus/PARSER, in the current folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
fuzz=$1
seconds=$2
shift 2
[ $# -gt 0 ] || set -- model text profile npy npz tensor

# seeds PARSER
seeds() {
	case $1 in
	model) find "$here/seeds" -name '*.onnx' ;;
	text) find "$top/tests" -name '*.onnxtxt' -size -16k ;;
	profile) find "$top/targets" -name '*.yaml' ;;
	npy) find "$here/seeds" "$top/tests/data" -name '*.npy' ;;
	npz) find "$here/seeds" -name '*.npz' ;;
	tensor) find "$here/seeds" -name '*.pb' ;;
	esac
}

status=0
for parser; do
	mkdir -p "corpus/$parser"
	for seed in $(seeds "$parser"); do
		cp "$seed" "corpus/$parser/$(echo "${seed#"$top/"}" | tr / _)"
	done
	FUZZ=$parser "$fuzz" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
		"corpus/$parser" || status=1
done
exit $status
