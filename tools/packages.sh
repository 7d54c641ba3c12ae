#!/bin/sh
# packages.sh build|test|targets... - installs the Debian packages that building, or testing, needs.
#
# Installs only what is missing, as root or through sudo; does nothing on other systems than Debian's family, where
# configure names what is missing.
set -eu

build_packages="gcc libc6-dev make autoconf automake pkg-config xz-utils
	libprotobuf-c-dev protobuf-c-compiler libyaml-dev libjansson-dev libzip-dev"

# Unit tests, a second compiler, the formatter; decoders of images; then compilers and emulators of the targets.
test_packages="check clang clang-format g++ python3 shellcheck
	libjpeg62-turbo-dev libpng-dev libtiff-dev libwebp-dev libopenjp2-7-dev
	qemu-system-arm qemu-system-misc qemu-user
	gcc-arm-none-eabi gcc-riscv64-unknown-elf
	gcc-avr binutils-avr avr-libc libsimavr-dev libelf-dev
	gcc-aarch64-linux-gnu libc6-dev-arm64-cross
	gcc-arm-linux-gnueabihf libc6-dev-armhf-cross
	gcc-s390x-linux-gnu libc6-dev-s390x-cross"

# The other targets of the emulated test bench.
targets_packages="clang-14 clang-19 lld-14 nodejs gcc-xtensa-lx106
	gcc-powerpc-linux-gnu libc6-dev-powerpc-cross
	gcc-mips-linux-gnu libc6-dev-mips-cross
	gcc-m68k-linux-gnu libc6-dev-m68k-cross
	gcc-i686-linux-gnu libc6-dev-i386-cross
	gcc-riscv64-linux-gnu libc6-dev-riscv64-cross"

wanted=
for group; do
	case $group in
	build) wanted="$wanted $build_packages" ;;
	test) wanted="$wanted $test_packages" ;;
	targets) wanted="$wanted $targets_packages" ;;
	*)
		echo "usage: packages.sh build|test|targets..." >&2
		exit 2
		;;
	esac
done

command -v apt-get >/dev/null || exit 0

missing=
for package in $wanted; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "packages.sh: as root: apt-get install$missing" >&2
		exit 1
	fi
	as_root="sudo"
fi
echo "installing:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of packages
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 \
	--no-install-recommends $missing </dev/null
