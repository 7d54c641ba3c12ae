# A test is a shell script that sources tests/lib.sh: NAME.sh is one result (exit 0, 1, or 77 = skipped), NAME.tap is
# one result per case it reports. Unit tests are suites of one program, tests/unit/unit.

dist_check_SCRIPTS = $(test_scripts)
EXTRA_DIST += tests/lib.sh tests/models.lib tests/targets.lib
TEST_EXTENSIONS = .sh .tap
TESTS += $(test_scripts)

SH_LOG_COMPILER = sh
TAP_LOG_COMPILER = sh
TAP_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh --ignore-exit

AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	EDGECC='$(abs_top_builddir)/edgecc$(EXEEXT)'; export EDGECC; \
	CC='$(CC)'; export CC; \
	CK_DEFAULT_TIMEOUT=$${CK_DEFAULT_TIMEOUT-120}; export CK_DEFAULT_TIMEOUT;

# Longer than a check should take: make check TESTS=tests/proof.tap
long_scripts = \
	tests/models_classic.tap \
	tests/misra.tap \
	tests/proof.tap \
	tests/targets_ic.tap \
	tests/targets_kws.tap \
	tests/targets_vww.tap
dist_check_SCRIPTS += $(long_scripts)

test_scripts = \
	tests/budgets.tap \
	tests/conformance.tap \
	tests/conformance_emitted.tap \
	tests/control.tap \
	tests/custom.tap \
	tests/lowering.tap \
	tests/int8.tap \
	tests/errors.tap \
	tests/quantize.tap \
	tests/examples.tap \
	tests/fuzz.tap \
	tests/hostile.tap \
	tests/memories.tap \
	tests/models_converted.tap \
	tests/models_sequence.tap \
	tests/models_tinyml.tap \
	tests/models_vision.tap \
	tests/operators.tap \
	tests/parallel.tap \
	tests/profiles.tap \
	tests/sections.sh \
	tests/step.sh \
	tests/targets.tap \
	tests/targets_int8.tap \
	tests/targets_smoke.tap \
	tests/unit.tap \
	tests/variations.tap

if HAVE_CHECK
check_PROGRAMS += tests/unit/unit
endif
tests_unit_unit_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_unit_LDADD = $(edgecc_libs) $(CHECK_LIBS)
tests_unit_unit_SOURCES =

tests_unit_unit_SOURCES += \
	tests/unit/int16_dsp_fixed.c \
	tests/unit/int16_dsp_onnx.c \
	tests/unit/int16_mve_fixed.c \
	tests/unit/int16_mve_onnx.c \
	tests/unit/int16_rvv_fixed.c \
	tests/unit/int16_rvv_onnx.c \
	tests/unit/int16_scalar_fixed.c \
	tests/unit/int16_scalar_onnx.c \
	tests/unit/int8_dsp_fixed.c \
	tests/unit/int8_dsp_onnx.c \
	tests/unit/int8_mve_fixed.c \
	tests/unit/int8_mve_onnx.c \
	tests/unit/int8_rvv_fixed.c \
	tests/unit/int8_rvv_onnx.c \
	tests/unit/int8_q128_4_fixed.c \
	tests/unit/int8_q128_4_onnx.c \
	tests/unit/int8_q128_8_fixed.c \
	tests/unit/int8_q128_8_onnx.c \
	tests/unit/int8_q128_16_fixed.c \
	tests/unit/int8_q128_16_onnx.c \
	tests/unit/int8_scalar_fixed.c \
	tests/unit/int8_scalar_onnx.c \
	tests/unit/import_fixture.h \
	tests/unit/ir_fixture.h \
	tests/unit/kernels_ref.h \
	tests/unit/main.c \
	tests/unit/pass_check.c \
	tests/unit/pass_check.h \
	tests/unit/recurrent.def \
	tests/unit/suites.def \
	tests/unit/q8.h \
	tests/unit/q8_fixed.c \
	tests/unit/random.c \
	tests/unit/random.h \
	tests/unit/test_absorb.c \
	tests/unit/test_absorb_fixed.c \
	tests/unit/test_arena.c \
	tests/unit/test_canonical.c \
	tests/unit/test_checked.c \
	tests/unit/test_diag.c \
	tests/unit/test_dim.c \
	tests/unit/test_embedded.c \
	tests/unit/test_exact.c \
	tests/unit/test_file.c \
	tests/unit/test_fixed.c \
	tests/unit/test_graph.c \
	tests/unit/test_guard.c \
	tests/unit/test_half.c \
	tests/unit/test_import.c \
	tests/unit/test_import_errors.c \
	tests/unit/test_int8.c \
	tests/unit/test_ir.c \
	tests/unit/test_kernels_ref.c \
	tests/unit/test_layers.c \
	tests/unit/test_math_f32.c \
	tests/unit/test_math_f64.c \
	tests/unit/test_matrix_ref.c \
	tests/unit/test_names.c \
	tests/unit/test_pass_affine.c \
	tests/unit/test_pass_known.c \
	tests/unit/test_onnx_write.c \
	tests/unit/test_place.c \
	tests/unit/test_passes.c \
	tests/unit/test_q8.c \
	tests/unit/test_packed.c \
	tests/unit/test_quant.c \
	tests/unit/test_recurrent.c \
	tests/unit/test_registry.c \
	tests/unit/test_scatter.c \
	tests/unit/test_select_kernels.c \
	tests/unit/test_shapes.c \
	tests/unit/test_strbuf.c \
	tests/unit/test_target.c \
	tests/unit/test_tensors.c \
	tests/unit/test_tir.c \
	tests/unit/test_tir_eval.c \
	tests/unit/test_tir_random.c \
	tests/unit/test_tir_simplify.c \
	tests/unit/test_tir_text.c \
	tests/unit/test_vec_conv.c \
	tests/unit/test_vec_gemm.c \
	tests/unit/test_vec_packed.c \
	tests/unit/tir.h \
	tests/unit/unit.h \
	tests/unit/test_vec_pool.c \
	tests/unit/test_vec_recurrent.c \
	tests/unit/test_vec_rows.c \
	tests/unit/test_x86_bytes.c \
	tests/unit/test_x86_u8.c \
	tests/unit/vec.c \
	tests/unit/vec.h \
	tests/unit/vec16.c \
	tests/unit/vec4.c \
	tests/unit/vec4_8.c \
	tests/unit/vec8.c \
	tests/unit/vec_build.h \
	tests/unit/vec_conv.def \
	tests/unit/x86_avx2.c \
	tests/unit/x86_avx512.c \
	tests/unit/x86_build.h \
	tests/unit/x86_portable_16.c \
	tests/unit/x86_portable_8.c \
	tests/unit/x86_u8.c \
	tests/unit/x86_u8.h \
	tests/unit/x86_vnni_16.c \
	tests/unit/x86_vnni_8.c

check_PROGRAMS += tests/conformance/conformance
tests_conformance_conformance_SOURCES = \
	tests/conformance/conformance.c \
	tests/conformance/conformance.h \
	tests/conformance/messages.c
tests_conformance_conformance_LDADD = $(edgecc_libs)

# The parsers, for a fuzzer; without one, fed with files.
check_PROGRAMS += tests/fuzz/fuzz
tests_fuzz_fuzz_SOURCES = tests/fuzz/fuzz.c
tests_fuzz_fuzz_CPPFLAGS = $(AM_CPPFLAGS)
tests_fuzz_fuzz_LDADD = $(edgecc_libs)
if LIBFUZZER
tests_fuzz_fuzz_CPPFLAGS += -DEDGECC_LIBFUZZER
tests_fuzz_fuzz_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
EXTRA_DIST += \
	tests/fuzz/run.sh \
	tests/fuzz/seeds/branch.onnx \
	tests/fuzz/seeds/constants.onnx \
	tests/fuzz/seeds/order.npy \
	tests/fuzz/seeds/sequence.pb \
	tests/fuzz/seeds/strings.pb \
	tests/fuzz/seeds/tensor.pb \
	tests/fuzz/seeds/text.npy \
	tests/fuzz/seeds/two.npz

# The emulated test bench. All of it, as many scripts at a time as there are processors: make check-targets. Then what ran
# where, whether all is well or not.
target_tests = tests/targets_vww.tap tests/targets_ic.tap tests/targets_kws.tap tests/targets.tap \
	tests/targets_int8.tap tests/targets_smoke.tap tests/profiles.tap
check-targets: all
	@status=0; $(MAKE) -j"$$(nproc)" check-TESTS check_PROGRAMS= TESTS='$(target_tests)' || status=$$?; \
	$(srcdir)/tests/targets/summary.sh tests && exit $$status
.PHONY: check-targets

EXTRA_DIST += \
	tests/targets/aarch64/link.ld \
	tests/targets/aarch64/start.c \
	tests/targets/avr/runner.c \
	tests/targets/avr/start.c \
	tests/targets/bench.c \
	tests/targets/configs \
	tests/targets/cortex-m/link.ld \
	tests/targets/cortex-m/start.c \
	tests/targets/count.c \
	tests/targets/int8.c \
	tests/targets/int8.def \
	tests/targets/linux/start.c \
	tests/targets/mem.c \
	tests/targets/platform.h \
	tests/targets/riscv/link.ld \
	tests/targets/riscv/start.c \
	tests/targets/run.sh \
	tests/targets/summary.sh \
	tests/targets/smoke/smoke.c \
	tests/targets/smoke/smoke.h \
	tests/targets/smoke/smoke_test.c \
	tests/targets/wasm/run.mjs \
	tests/targets/wasm/start.c \
	tests/targets/xtensa/link.ld \
	tests/targets/xtensa/soft.c \
	tests/targets/xtensa/start.c

EXTRA_DIST += tests/misra.deviations

# For tests/proof.tap.
EXTRA_DIST += \
	tests/proof/conv.onnxtxt \
	tests/proof/conv_int8.onnxtxt \
	tests/proof/dense.onnxtxt \
	tests/proof/depthwise.onnxtxt \
	tests/proof/lstm.onnxtxt \
	tests/proof/pool.onnxtxt \
	tests/proof/run.c

# Models with sequences for tests/control.tap, and what makes their data.
EXTRA_DIST += \
	tests/data/sequence_cases.py \
	tests/data/loops/double/input_0.npy \
	tests/data/loops/double/model.onnxtxt \
	tests/data/loops/double/output_0.npy \
	tests/data/loops/grow/input_0.npy \
	tests/data/loops/grow/model.onnxtxt \
	tests/data/loops/grow/output_0.npy \
	tests/data/loops/grow/output_1.npy \
	tests/data/loops/nested/input_0.npy \
	tests/data/loops/nested/input_1.npy \
	tests/data/loops/nested/model.onnxtxt \
	tests/data/loops/nested/output_0.npy \
	tests/data/loops/scan/input_0.npy \
	tests/data/loops/scan/input_1.npy \
	tests/data/loops/scan/model.onnxtxt \
	tests/data/loops/scan/output_0.npy \
	tests/data/loops/scan/output_1.npy \
	tests/data/loops/scan_stacked/input_0.npy \
	tests/data/loops/scan_stacked/input_1.npy \
	tests/data/loops/scan_stacked/model.onnxtxt \
	tests/data/loops/scan_stacked/output_0.npy \
	tests/data/loops/selects/input_0.npy \
	tests/data/loops/selects/input_1.npy \
	tests/data/loops/selects/input_2.npy \
	tests/data/loops/selects/model.onnxtxt \
	tests/data/loops/selects/output_0.npy \
	tests/data/loops/selects/output_1.npy \
	tests/data/loops/shrink/input_0.npy \
	tests/data/loops/shrink/input_1.npy \
	tests/data/loops/shrink/model.onnxtxt \
	tests/data/loops/shrink/output_0.npy \
	tests/data/loops/shrink/output_1.npy \
	tests/data/loops/stacked/input_0.npy \
	tests/data/loops/stacked/input_1.npy \
	tests/data/loops/stacked/input_2.npy \
	tests/data/loops/stacked/model.onnxtxt \
	tests/data/loops/stacked/output_0.npy \
	tests/data/loops/stacked/output_1.npy \
	tests/data/loops/stated/input_0.npy \
	tests/data/loops/stated/input_1.npy \
	tests/data/loops/stated/model.onnxtxt \
	tests/data/loops/stated/output_0.npy \
	tests/data/sequences/branches/input_0.npy \
	tests/data/sequences/branches/input_1.npy \
	tests/data/sequences/branches/model.onnxtxt \
	tests/data/sequences/branches/output_0.npy \
	tests/data/sequences/branches/output_1.npy \
	tests/data/sequences/branches/output_2.npy \
	tests/data/sequences/loop/input_0.npy \
	tests/data/sequences/loop/model.onnxtxt \
	tests/data/sequences/loop/output_0.npy \
	tests/data/sequences/loop/output_1.npy \
	tests/data/sequences/loop/output_2.npy \
	tests/data/sequences/map/input_0.npy \
	tests/data/sequences/map/input_1.npy \
	tests/data/sequences/map/model.onnxtxt \
	tests/data/sequences/map/output_0.npy \
	tests/data/sequences/map/output_1.npy \
	tests/data/sequences/positions/input_0.npy \
	tests/data/sequences/positions/input_1.npy \
	tests/data/sequences/positions/input_2.npy \
	tests/data/sequences/positions/input_3.npy \
	tests/data/sequences/positions/model.onnxtxt \
	tests/data/sequences/positions/output_0.npy \
	tests/data/sequences/positions/output_1.npy \
	tests/data/sequences/positions/output_2.npy \
	tests/data/sequences/positions/output_3.npy \
	tests/data/sequences/run_branches/input_0.npy \
	tests/data/sequences/run_branches/input_1.npy \
	tests/data/sequences/run_branches/input_2.npy \
	tests/data/sequences/run_branches/model.onnxtxt \
	tests/data/sequences/run_branches/output_0.npy \
	tests/data/sequences/run_branches/output_1.npy \
	tests/data/sequences/run_differ/input_0.npy \
	tests/data/sequences/run_differ/input_1.npy \
	tests/data/sequences/run_differ/input_2.npy \
	tests/data/sequences/run_differ/model.onnxtxt \
	tests/data/sequences/run_differ/output_0.npy \
	tests/data/sequences/run_differ/output_1.npy \
	tests/data/sequences/run_differ/output_2.npy \
	tests/data/sequences/run_insert/input_0.npy \
	tests/data/sequences/run_insert/input_1.npy \
	tests/data/sequences/run_insert/input_2.npy \
	tests/data/sequences/run_insert/model.onnxtxt \
	tests/data/sequences/run_insert/output_0.npy \
	tests/data/sequences/run_insert/output_1.npy \
	tests/data/sequences/run_insert/output_2.npy \
	tests/data/sequences/run_insert/output_3.npy \
	tests/data/sequences/run_optional/input_0.npy \
	tests/data/sequences/run_optional/input_1.npy \
	tests/data/sequences/run_optional/model.onnxtxt \
	tests/data/sequences/run_optional/output_0.npy \
	tests/data/sequences/run_optional/output_1.npy \
	tests/data/sequences/run_positions/input_0.npy \
	tests/data/sequences/run_positions/input_1.npy \
	tests/data/sequences/run_positions/input_2.npy \
	tests/data/sequences/run_positions/input_3.npy \
	tests/data/sequences/run_positions/input_4.npy \
	tests/data/sequences/run_positions/model.onnxtxt \
	tests/data/sequences/run_positions/output_0.npy \
	tests/data/sequences/run_positions/output_1.npy \
	tests/data/sequences/run_positions/output_2.npy \
	tests/data/sequences/run_positions/output_3.npy \
	tests/data/sequences/run_rows/input_0.npy \
	tests/data/sequences/run_rows/input_1.npy \
	tests/data/sequences/run_rows/model.onnxtxt \
	tests/data/sequences/run_rows/output_0.npy \
	tests/data/sequences/run_rows/output_1.npy \
	tests/data/sequences/run_rows/output_2.npy \
	tests/data/sequences/run_split/input_0.npy \
	tests/data/sequences/run_split/input_1.npy \
	tests/data/sequences/run_split/input_2.npy \
	tests/data/sequences/run_split/input_3.npy \
	tests/data/sequences/run_split/model.onnxtxt \
	tests/data/sequences/run_split/output_0.npy \
	tests/data/sequences/run_split/output_1.npy \
	tests/data/sequences/run_split/output_2.npy \
	tests/data/sequences/run_split/output_3.npy \
	tests/data/sequences/run_split/output_4.npy \
	tests/data/sequences/run_strings/input_0.npy \
	tests/data/sequences/run_strings/input_1.npy \
	tests/data/sequences/run_strings/input_2.npy \
	tests/data/sequences/run_strings/input_3.npy \
	tests/data/sequences/run_strings/model.onnxtxt \
	tests/data/sequences/run_strings/output_0.npy \
	tests/data/sequences/run_strings/output_1.npy \
	tests/data/sequences/run_while/input_0.npy \
	tests/data/sequences/run_while/input_1.npy \
	tests/data/sequences/run_while/model.onnxtxt \
	tests/data/sequences/run_while/output_0.npy \
	tests/data/sequences/run_while/output_1.npy \
	tests/data/sequences/run_while/output_2.npy \
	tests/data/sequences/split/input_0.npy \
	tests/data/sequences/split/input_1.npy \
	tests/data/sequences/split/model.onnxtxt \
	tests/data/sequences/split/output_0.npy \
	tests/data/sequences/split/output_1.npy \
	tests/data/sequences/split/output_2.npy

# Cases for tests/variations.tap, and what makes them.
EXTRA_DIST += \
	tests/data/cases.py \
	tests/data/graph_cases.py \
	tests/data/layer_cases.py \
	tests/data/ml_cases.py \
	tests/data/ms_cases.py \
	tests/data/numeric_cases.py \
	tests/data/onnx_cases.py \
	tests/data/quantized_cases.py \
	tests/data/sequence_cases.py \
	tests/data/string_cases.py \
	tests/variations/activation_24/cases.txt \
	tests/variations/activation_24/input_0.npy \
	tests/variations/activation_24/input_1.npy \
	tests/variations/activation_24/model.onnxtxt \
	tests/variations/activation_24/output_0.npy \
	tests/variations/activation_24/output_1.npy \
	tests/variations/activation_8/cases.txt \
	tests/variations/activation_8/input_0.npy \
	tests/variations/activation_8/model.onnxtxt \
	tests/variations/activation_8/output_0.npy \
	tests/variations/activation_8/output_1.npy \
	tests/variations/attention_23/cases.txt \
	tests/variations/attention_23/input_0.npy \
	tests/variations/attention_23/input_1.npy \
	tests/variations/attention_23/model.onnxtxt \
	tests/variations/attention_23/output_0.npy \
	tests/variations/attention_23/output_1.npy \
	tests/variations/binary_22/cases.txt \
	tests/variations/binary_22/input_0.npy \
	tests/variations/binary_22/input_1.npy \
	tests/variations/binary_22/model.onnxtxt \
	tests/variations/binary_22/output_0.npy \
	tests/variations/binary_22/output_1.npy \
	tests/variations/binary_7/cases.txt \
	tests/variations/binary_7/input_0.npy \
	tests/variations/binary_7/input_1.npy \
	tests/variations/binary_7/model.onnxtxt \
	tests/variations/binary_7/output_0.npy \
	tests/variations/binary_7/output_1.npy \
	tests/variations/boxes_11/cases.txt \
	tests/variations/boxes_11/input_0.npy \
	tests/variations/boxes_11/input_1.npy \
	tests/variations/boxes_11/model.onnxtxt \
	tests/variations/boxes_11/output_0.npy \
	tests/variations/choice_10/cases.txt \
	tests/variations/choice_10/input_0.npy \
	tests/variations/choice_10/input_1.npy \
	tests/variations/choice_10/model.onnxtxt \
	tests/variations/choice_10/output_0.npy \
	tests/variations/choice_10/output_1.npy \
	tests/variations/choice_24/cases.txt \
	tests/variations/choice_24/input_0.npy \
	tests/variations/choice_24/input_1.npy \
	tests/variations/choice_24/model.onnxtxt \
	tests/variations/choice_24/output_0.npy \
	tests/variations/choice_24/output_1.npy \
	tests/variations/choice_9/cases.txt \
	tests/variations/choice_9/input_0.npy \
	tests/variations/choice_9/input_1.npy \
	tests/variations/choice_9/model.onnxtxt \
	tests/variations/choice_9/output_0.npy \
	tests/variations/choice_9/output_1.npy \
	tests/variations/control_11/cases.txt \
	tests/variations/control_11/input_0.npy \
	tests/variations/control_11/input_1.npy \
	tests/variations/control_11/model.onnxtxt \
	tests/variations/control_11/output_0.npy \
	tests/variations/control_11/output_1.npy \
	tests/variations/control_21/cases.txt \
	tests/variations/control_21/input_0.npy \
	tests/variations/control_21/input_1.npy \
	tests/variations/control_21/model.onnxtxt \
	tests/variations/control_21/output_0.npy \
	tests/variations/control_21/output_1.npy \
	tests/variations/conversion_25/cases.txt \
	tests/variations/conversion_25/input_0.npy \
	tests/variations/conversion_25/input_1.npy \
	tests/variations/conversion_25/model.onnxtxt \
	tests/variations/conversion_25/output_0.npy \
	tests/variations/conversion_25/output_1.npy \
	tests/variations/conversion_9/cases.txt \
	tests/variations/conversion_9/input_0.npy \
	tests/variations/conversion_9/input_1.npy \
	tests/variations/conversion_9/model.onnxtxt \
	tests/variations/conversion_9/output_0.npy \
	tests/variations/conversion_9/output_1.npy \
	tests/variations/convolution_22/cases.txt \
	tests/variations/convolution_22/input_0.npy \
	tests/variations/convolution_22/model.onnxtxt \
	tests/variations/convolution_22/output_0.npy \
	tests/variations/convolution_22/output_1.npy \
	tests/variations/conv_transpose/input_0.npy \
	tests/variations/conv_transpose/model.onnxtxt \
	tests/variations/conv_transpose/output_0.npy \
	tests/variations/deconvolution_11/cases.txt \
	tests/variations/deconvolution_11/input_0.npy \
	tests/variations/deconvolution_11/model.onnxtxt \
	tests/variations/deconvolution_11/output_0.npy \
	tests/variations/deconvolution_11/output_1.npy \
	tests/variations/deformed/input_0.npy \
	tests/variations/deformed/model.onnxtxt \
	tests/variations/deformed/output_0.npy \
	tests/variations/fusion_a_20/cases.txt \
	tests/variations/fusion_a_20/input_0.npy \
	tests/variations/fusion_a_20/model.onnxtxt \
	tests/variations/fusion_a_20/output_0.npy \
	tests/variations/fusion_a_20/output_1.npy \
	tests/variations/fusion_b_20/cases.txt \
	tests/variations/fusion_b_20/input_0.npy \
	tests/variations/fusion_b_20/model.onnxtxt \
	tests/variations/fusion_b_20/output_0.npy \
	tests/variations/fusion_b_20/output_1.npy \
	tests/variations/gathering_10/cases.txt \
	tests/variations/gathering_10/input_0.npy \
	tests/variations/gathering_10/input_1.npy \
	tests/variations/gathering_10/model.onnxtxt \
	tests/variations/gathering_10/output_0.npy \
	tests/variations/gathering_10/output_1.npy \
	tests/variations/gathering_11/cases.txt \
	tests/variations/gathering_11/input_0.npy \
	tests/variations/gathering_11/input_1.npy \
	tests/variations/gathering_11/model.onnxtxt \
	tests/variations/gathering_11/output_0.npy \
	tests/variations/gathering_11/output_1.npy \
	tests/variations/gathering_18/cases.txt \
	tests/variations/gathering_18/input_0.npy \
	tests/variations/gathering_18/input_1.npy \
	tests/variations/gathering_18/model.onnxtxt \
	tests/variations/gathering_18/output_0.npy \
	tests/variations/gathering_18/output_1.npy \
	tests/variations/integer_18/cases.txt \
	tests/variations/integer_18/input_0.npy \
	tests/variations/integer_18/input_1.npy \
	tests/variations/integer_18/model.onnxtxt \
	tests/variations/integer_18/output_0.npy \
	tests/variations/integer_18/output_1.npy \
	tests/variations/loss_12/cases.txt \
	tests/variations/loss_12/input_0.npy \
	tests/variations/loss_12/input_1.npy \
	tests/variations/loss_12/model.onnxtxt \
	tests/variations/loss_12/output_0.npy \
	tests/variations/loss_12/output_1.npy \
	tests/variations/made_11/cases.txt \
	tests/variations/made_11/input_0.npy \
	tests/variations/made_11/input_1.npy \
	tests/variations/made_11/model.onnxtxt \
	tests/variations/made_11/output_0.npy \
	tests/variations/made_11/output_1.npy \
	tests/variations/ml_encoders/input_0.npy \
	tests/variations/ml_encoders/model.onnxtxt \
	tests/variations/ml_encoders/output_0.npy \
	tests/variations/ml_features/input_0.npy \
	tests/variations/ml_features/model.onnxtxt \
	tests/variations/ml_features/output_0.npy \
	tests/variations/ml_linear/input_0.npy \
	tests/variations/ml_linear/model.onnxtxt \
	tests/variations/ml_linear/output_0.npy \
	tests/variations/ml_trees/input_0.npy \
	tests/variations/ml_trees/model.onnxtxt \
	tests/variations/ml_trees/output_0.npy \
	tests/variations/gradient/input_0.npy \
	tests/variations/gradient/input_1.npy \
	tests/variations/gradient/input_2.npy \
	tests/variations/gradient/input_3.npy \
	tests/variations/gradient/input_4.npy \
	tests/variations/gradient/input_5.npy \
	tests/variations/gradient/model.onnxtxt \
	tests/variations/gradient/output_0.npy \
	tests/variations/gradient/output_1.npy \
	tests/variations/gradient/output_2.npy \
	tests/variations/gradient/output_3.npy \
	tests/variations/gradient/output_4.npy \
	tests/variations/gradient/output_5.npy \
	tests/variations/gradient/output_6.npy \
	tests/variations/ms_biased/input_0.npy \
	tests/variations/ms_biased/model.onnxtxt \
	tests/variations/ms_biased/output_0.npy \
	tests/variations/ms_experts/input_0.npy \
	tests/variations/ms_experts/model.onnxtxt \
	tests/variations/ms_experts/output_0.npy \
	tests/variations/ms_four_bits/input_0.npy \
	tests/variations/ms_four_bits/model.onnxtxt \
	tests/variations/ms_four_bits/output_0.npy \
	tests/variations/ms_fused/input_0.npy \
	tests/variations/ms_fused/model.onnxtxt \
	tests/variations/ms_fused/output_0.npy \
	tests/variations/ms_gated/input_0.npy \
	tests/variations/ms_gated/model.onnxtxt \
	tests/variations/ms_gated/output_0.npy \
	tests/variations/ms_group_query/input_0.npy \
	tests/variations/ms_group_query/model.onnxtxt \
	tests/variations/ms_group_query/output_0.npy \
	tests/variations/ms_numeric/input_0.npy \
	tests/variations/ms_numeric/model.onnxtxt \
	tests/variations/ms_numeric/output_0.npy \
	tests/variations/ms_position/input_0.npy \
	tests/variations/ms_position/model.onnxtxt \
	tests/variations/ms_position/output_0.npy \
	tests/variations/ms_quantized/input_0.npy \
	tests/variations/ms_quantized/model.onnxtxt \
	tests/variations/ms_quantized/output_0.npy \
	tests/variations/ms_transforms/input_0.npy \
	tests/variations/ms_transforms/model.onnxtxt \
	tests/variations/ms_transforms/output_0.npy \
	tests/variations/ms_words/input_0.npy \
	tests/variations/ms_words/model.onnxtxt \
	tests/variations/ms_words/output_0.npy \
	tests/variations/normalization_23/cases.txt \
	tests/variations/normalization_23/input_0.npy \
	tests/variations/normalization_23/model.onnxtxt \
	tests/variations/normalization_23/output_0.npy \
	tests/variations/normalization_23/output_1.npy \
	tests/variations/normalization_9/cases.txt \
	tests/variations/normalization_9/input_0.npy \
	tests/variations/normalization_9/model.onnxtxt \
	tests/variations/normalization_9/output_0.npy \
	tests/variations/normalization_9/output_1.npy \
	tests/variations/padding_11/cases.txt \
	tests/variations/padding_11/input_0.npy \
	tests/variations/padding_11/input_1.npy \
	tests/variations/padding_11/model.onnxtxt \
	tests/variations/padding_11/output_0.npy \
	tests/variations/padding_11/output_1.npy \
	tests/variations/padding_19/cases.txt \
	tests/variations/padding_19/input_0.npy \
	tests/variations/padding_19/input_1.npy \
	tests/variations/padding_19/model.onnxtxt \
	tests/variations/padding_19/output_0.npy \
	tests/variations/padding_19/output_1.npy \
	tests/variations/pooling_22/cases.txt \
	tests/variations/pooling_22/input_0.npy \
	tests/variations/pooling_22/input_1.npy \
	tests/variations/pooling_22/model.onnxtxt \
	tests/variations/pooling_22/output_0.npy \
	tests/variations/pooling_22/output_1.npy \
	tests/variations/pooling_8/cases.txt \
	tests/variations/pooling_8/input_0.npy \
	tests/variations/pooling_8/model.onnxtxt \
	tests/variations/pooling_8/output_0.npy \
	tests/variations/pooling_8/output_1.npy \
	tests/variations/position_13/cases.txt \
	tests/variations/position_13/input_0.npy \
	tests/variations/position_13/input_1.npy \
	tests/variations/position_13/model.onnxtxt \
	tests/variations/position_13/output_0.npy \
	tests/variations/position_8/cases.txt \
	tests/variations/position_8/input_0.npy \
	tests/variations/position_8/input_1.npy \
	tests/variations/position_8/model.onnxtxt \
	tests/variations/position_8/output_0.npy \
	tests/variations/product_13/cases.txt \
	tests/variations/product_13/input_0.npy \
	tests/variations/product_13/input_1.npy \
	tests/variations/product_13/model.onnxtxt \
	tests/variations/product_13/output_0.npy \
	tests/variations/product_13/output_1.npy \
	tests/variations/product_9/cases.txt \
	tests/variations/product_9/input_0.npy \
	tests/variations/product_9/input_1.npy \
	tests/variations/product_9/model.onnxtxt \
	tests/variations/product_9/output_0.npy \
	tests/variations/product_9/output_1.npy \
	tests/variations/q_conv/input_0.npy \
	tests/variations/q_conv/model.onnxtxt \
	tests/variations/q_conv/output_0.npy \
	tests/variations/q_conv_transpose/input_0.npy \
	tests/variations/q_conv_transpose/model.onnxtxt \
	tests/variations/q_conv_transpose/output_0.npy \
	tests/variations/q_elementwise/input_0.npy \
	tests/variations/q_elementwise/model.onnxtxt \
	tests/variations/q_elementwise/output_0.npy \
	tests/variations/q_float_results/input_0.npy \
	tests/variations/q_float_results/model.onnxtxt \
	tests/variations/q_float_results/output_0.npy \
	tests/variations/q_integer_sums/input_0.npy \
	tests/variations/q_integer_sums/model.onnxtxt \
	tests/variations/q_integer_sums/output_0.npy \
	tests/variations/q_matmul/input_0.npy \
	tests/variations/q_matmul/model.onnxtxt \
	tests/variations/q_matmul/output_0.npy \
	tests/variations/q_moves/input_0.npy \
	tests/variations/q_moves/model.onnxtxt \
	tests/variations/q_moves/output_0.npy \
	tests/variations/q_recurrent/input_0.npy \
	tests/variations/q_recurrent/model.onnxtxt \
	tests/variations/q_recurrent/output_0.npy \
	tests/variations/q_reduce/input_0.npy \
	tests/variations/q_reduce/model.onnxtxt \
	tests/variations/q_reduce/output_0.npy \
	tests/variations/quantization_10/cases.txt \
	tests/variations/quantization_10/input_0.npy \
	tests/variations/quantization_10/input_1.npy \
	tests/variations/quantization_10/model.onnxtxt \
	tests/variations/quantization_10/output_0.npy \
	tests/variations/quantization_10/output_1.npy \
	tests/variations/quantization_21/cases.txt \
	tests/variations/quantization_21/input_0.npy \
	tests/variations/quantization_21/input_1.npy \
	tests/variations/quantization_21/model.onnxtxt \
	tests/variations/quantization_21/output_0.npy \
	tests/variations/quantization_21/output_1.npy \
	tests/variations/recurrence_14/cases.txt \
	tests/variations/recurrence_14/input_0.npy \
	tests/variations/recurrence_14/input_1.npy \
	tests/variations/recurrence_14/model.onnxtxt \
	tests/variations/recurrence_14/output_0.npy \
	tests/variations/recurrence_14/output_1.npy \
	tests/variations/reduction_10/cases.txt \
	tests/variations/reduction_10/input_0.npy \
	tests/variations/reduction_10/input_1.npy \
	tests/variations/reduction_10/model.onnxtxt \
	tests/variations/reduction_10/output_0.npy \
	tests/variations/reduction_10/output_1.npy \
	tests/variations/reduction_18/cases.txt \
	tests/variations/reduction_18/input_0.npy \
	tests/variations/reduction_18/input_1.npy \
	tests/variations/reduction_18/model.onnxtxt \
	tests/variations/reduction_18/output_0.npy \
	tests/variations/reduction_18/output_1.npy \
	tests/variations/regex/input_0.npy \
	tests/variations/regex/model.onnxtxt \
	tests/variations/regex/output_0.npy \
	tests/variations/regions/input_0.npy \
	tests/variations/regions/model.onnxtxt \
	tests/variations/regions/output_0.npy \
	tests/variations/resize_10/cases.txt \
	tests/variations/resize_10/input_0.npy \
	tests/variations/resize_10/model.onnxtxt \
	tests/variations/resize_10/output_0.npy \
	tests/variations/resize_10/output_1.npy \
	tests/variations/resize_11/cases.txt \
	tests/variations/resize_11/input_0.npy \
	tests/variations/resize_11/input_1.npy \
	tests/variations/resize_11/model.onnxtxt \
	tests/variations/resize_11/output_0.npy \
	tests/variations/resize_11/output_1.npy \
	tests/variations/resize_19/cases.txt \
	tests/variations/resize_19/input_0.npy \
	tests/variations/resize_19/input_1.npy \
	tests/variations/resize_19/model.onnxtxt \
	tests/variations/resize_19/output_0.npy \
	tests/variations/resize_19/output_1.npy \
	tests/variations/sampling_20/cases.txt \
	tests/variations/sampling_20/input_0.npy \
	tests/variations/sampling_20/model.onnxtxt \
	tests/variations/sampling_20/output_0.npy \
	tests/variations/sampling_20/output_1.npy \
	tests/variations/several_13/cases.txt \
	tests/variations/several_13/input_0.npy \
	tests/variations/several_13/input_1.npy \
	tests/variations/several_13/model.onnxtxt \
	tests/variations/several_13/output_0.npy \
	tests/variations/several_13/output_1.npy \
	tests/variations/several_8/cases.txt \
	tests/variations/several_8/input_0.npy \
	tests/variations/several_8/model.onnxtxt \
	tests/variations/several_8/output_0.npy \
	tests/variations/several_8/output_1.npy \
	tests/variations/shape_24/cases.txt \
	tests/variations/shape_24/input_0.npy \
	tests/variations/shape_24/input_1.npy \
	tests/variations/shape_24/model.onnxtxt \
	tests/variations/shape_24/output_0.npy \
	tests/variations/shape_24/output_1.npy \
	tests/variations/shape_9/cases.txt \
	tests/variations/shape_9/input_0.npy \
	tests/variations/shape_9/input_1.npy \
	tests/variations/shape_9/model.onnxtxt \
	tests/variations/shape_9/output_0.npy \
	tests/variations/shape_9/output_1.npy \
	tests/variations/signal_20/cases.txt \
	tests/variations/signal_20/input_0.npy \
	tests/variations/signal_20/model.onnxtxt \
	tests/variations/signal_20/output_0.npy \
	tests/variations/signal_20/output_1.npy \
	tests/variations/slicing_13/cases.txt \
	tests/variations/slicing_13/input_0.npy \
	tests/variations/slicing_13/input_1.npy \
	tests/variations/slicing_13/model.onnxtxt \
	tests/variations/slicing_13/output_0.npy \
	tests/variations/slicing_13/output_1.npy \
	tests/variations/slicing_9/cases.txt \
	tests/variations/slicing_9/input_0.npy \
	tests/variations/slicing_9/model.onnxtxt \
	tests/variations/slicing_9/output_0.npy \
	tests/variations/slicing_9/output_1.npy \
	tests/variations/softmax_13/cases.txt \
	tests/variations/softmax_13/input_0.npy \
	tests/variations/softmax_13/model.onnxtxt \
	tests/variations/softmax_13/output_0.npy \
	tests/variations/softmax_13/output_1.npy \
	tests/variations/softmax_8/cases.txt \
	tests/variations/softmax_8/input_0.npy \
	tests/variations/softmax_8/model.onnxtxt \
	tests/variations/softmax_8/output_0.npy \
	tests/variations/softmax_8/output_1.npy \
	tests/variations/strings/input_0.npy \
	tests/variations/strings/model.onnxtxt \
	tests/variations/strings/output_0.npy \
	tests/variations/text/input_0.npy \
	tests/variations/text/model.onnxtxt \
	tests/variations/text/output_0.npy \
	tests/variations/tokens/input_0.npy \
	tests/variations/tokens/model.onnxtxt \
	tests/variations/tokens/output_0.npy \
	tests/variations/unary_28/cases.txt \
	tests/variations/unary_28/input_0.npy \
	tests/variations/unary_28/input_1.npy \
	tests/variations/unary_28/model.onnxtxt \
	tests/variations/unary_28/output_0.npy \
	tests/variations/unary_28/output_1.npy \
	tests/variations/unary_9/cases.txt \
	tests/variations/unary_9/input_0.npy \
	tests/variations/unary_9/input_1.npy \
	tests/variations/unary_9/model.onnxtxt \
	tests/variations/unary_9/output_0.npy \
	tests/variations/unary_9/output_1.npy

# Models for tests/lowering.tap.
EXTRA_DIST += \
	tests/data/lowering/flatten_gemm.onnxtxt \
	tests/data/lowering/flatten_matmul_1d.onnxtxt \
	tests/data/lowering/flatten_quantized.onnxtxt \
	tests/data/lowering/flatten_two_readers.onnxtxt \
	tests/data/lowering/gemm_gelu.onnxtxt \
	tests/data/lowering/gemm_scaled.onnxtxt \
	tests/data/lowering/layer_norm.onnxtxt \
	tests/data/lowering/order_branches.onnxtxt \
	tests/data/lowering/share_convs.onnxtxt \
	tests/data/lowering/share_equal.onnxtxt

# For tests/targets.tap.
EXTRA_DIST += \
	tests/data/far/far.onnxtxt \
	tests/data/far/input_0.npy \
	tests/data/far/make.py \
	tests/data/far/output_0.npy \
	tests/data/gru/gru.onnxtxt \
	tests/data/mixed/mixed.onnxtxt \
	tests/data/gru/input_0.npy \
	tests/data/gru/make.py \
	tests/data/gru/output_0.npy

# Models with control flow.
EXTRA_DIST += \
	tests/data/control/border/sequences.onnxtxt \
	tests/data/control/scan8/input_0.npy \
	tests/data/control/scan8/input_1.npy \
	tests/data/control/scan8/output_0.npy \
	tests/data/control/scan8/output_1.npy \
	tests/data/control/scan8/scan8.onnxtxt \
	tests/data/control/if_shapes.onnxtxt \
	tests/data/control/errors/loop_forever.onnxtxt \
	tests/data/control/errors/loop_grows.onnxtxt \
	tests/data/control/errors/loop_unknown_count.onnxtxt \
	tests/data/control/if_data.onnxtxt \
	tests/data/control/if_nested.onnxtxt \
	tests/data/control/if_outer.onnxtxt \
	tests/data/control/loop_collects.onnxtxt \
	tests/data/control/misfit/if_misfit.onnxtxt \
	tests/data/control/misfit/refused/input_0.npy \
	tests/data/control/misfit/refused/input_1.npy \
	tests/data/control/misfit/refused/output_0.npy \
	tests/data/control/misfit/taken/input_0.npy \
	tests/data/control/misfit/taken/input_1.npy \
	tests/data/control/misfit/taken/output_0.npy \
	tests/data/control/loop_count.onnxtxt \
	tests/data/control/loop_runtime.onnxtxt \
	tests/data/control/loop_while.onnxtxt \
	tests/data/control/scan_axes.onnxtxt \
	tests/data/control/scan_if.onnxtxt \
	tests/data/control/scan_nested.onnxtxt \
	tests/data/control/scan_sum.onnxtxt \
	tests/data/control/scan_swap.onnxtxt
