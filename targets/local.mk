# Target profiles: embedded into the compiler under these paths.

embedded_files += \
	targets/board/atmega1284p.yaml \
	targets/board/atmega2560.yaml \
	targets/board/atmega328p.yaml \
	targets/board/qemu-microbit.yaml \
	targets/board/qemu-mps2-an386.yaml \
	targets/board/qemu-mps2-an500.yaml \
	targets/board/qemu-rv32-virt.yaml \
	targets/board/rp2040.yaml \
	targets/board/stm32f407.yaml \
	targets/board/stm32h743.yaml \
	targets/cpu/aarch64.yaml \
	targets/cpu/avr.yaml \
	targets/cpu/cortex-m0.yaml \
	targets/cpu/cortex-m4.yaml \
	targets/cpu/cortex-m7.yaml \
	targets/cpu/generic.yaml \
	targets/cpu/rv32imc.yaml \
	targets/cpu/s390x.yaml \
	targets/cpu/x86-64-v1.yaml \
	targets/cpu/x86-64-v2.yaml \
	targets/cpu/x86-64-v3.yaml \
	targets/cpu/x86-64-v4.yaml
