#!/bin/sh
# demo.sh [BUILD] - on a bare Debian 12: installs what building needs, builds edgecc in BUILD (build), compiles the digits
# model with it, builds that C with the host's compiler, and prints how many real samples it classifies rightly.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}

tools/packages.sh build
[ -x configure ] || ./bootstrap
mkdir -p "$build"
build=$(cd "$build" && pwd)
top=$PWD
if [ ! -f "$build/Makefile" ]; then (cd "$build" && "$top/configure" --quiet); fi
make -C "$build" -s -j "$(nproc)"

echo
echo "edgecc compile examples/digits/digits.onnx, then cc, then the 360 samples it was not trained on:"
make -s -f examples/digits/Makefile EDGECC="$build/edgecc" OUT="$build/digits" run
