# The part of the format that protoc-c compiles lives in a library of its own: generated code is built without
# our warnings.
onnx_pb = compiler/frontend/onnx.pb-c.c compiler/frontend/onnx.pb-c.h

BUILT_SOURCES += $(onnx_pb)
CLEANFILES += $(onnx_pb)
EXTRA_DIST += compiler/frontend/onnx.proto

compiler/frontend/onnx.pb-c.h: compiler/frontend/onnx.pb-c.c
compiler/frontend/onnx.pb-c.c: compiler/frontend/onnx.proto
	$(AM_V_GEN)$(MKDIR_P) compiler/frontend && \
	$(PROTOC_C) --proto_path=$(srcdir)/compiler/frontend --c_out=compiler/frontend \
		$(srcdir)/compiler/frontend/onnx.proto

nodist_libonnxpb_a_SOURCES = $(onnx_pb)
libonnxpb_a_CFLAGS = -std=c11 $(INSTRUMENT_FLAGS)
libonnxpb_a_SOURCES =

libedgecc_a_SOURCES += \
	compiler/frontend/external.c \
	compiler/frontend/frontend.h \
	compiler/frontend/guard.c \
	compiler/frontend/guard.h \
	compiler/frontend/import.c \
	compiler/frontend/import.h \
	compiler/frontend/import_attrs.c \
	compiler/frontend/import_branch.c \
	compiler/frontend/import_check.c \
	compiler/frontend/import_constant.c \
	compiler/frontend/import_custom.c \
	compiler/frontend/import_containers.c \
	compiler/frontend/import_fixed.c \
	compiler/frontend/import_function.c \
	compiler/frontend/import_graph.c \
	compiler/frontend/import_map.c \
	compiler/frontend/import_node.c \
	compiler/frontend/import_order.c \
	compiler/frontend/import_refused.c \
	compiler/frontend/import_search.c \
	compiler/frontend/import_states.c \
	compiler/frontend/import_subgraph.c \
	compiler/frontend/import_tail.c \
	compiler/frontend/import_text.c \
	compiler/frontend/import_types.c \
	compiler/frontend/import_unroll.c \
	compiler/frontend/model.h \
	compiler/frontend/name_map.c \
	compiler/frontend/npy.c \
	compiler/frontend/npy.h \
	compiler/frontend/npy_write.c \
	compiler/frontend/npz.c \
	compiler/frontend/onnx_text.c \
	compiler/frontend/onnx_write.c \
	compiler/frontend/onnx_write.h \
	compiler/frontend/onnx_write_node.c \
	compiler/frontend/onnx_write_refuse.c \
	compiler/frontend/onnx_write_tensor.c \
	compiler/frontend/search.h \
	compiler/frontend/search_call.c \
	compiler/frontend/search_text.c \
	compiler/frontend/sparse.c \
	compiler/frontend/target.c \
	compiler/frontend/target.h \
	compiler/frontend/target_read.c \
	compiler/frontend/target_rows.c \
	compiler/frontend/target_rows.h \
	compiler/frontend/tensor_proto.c \
	compiler/frontend/tensors.c \
	compiler/frontend/text.h \
	compiler/frontend/text_attrs.c \
	compiler/frontend/text_lex.c \
	compiler/frontend/text_model.c \
	compiler/frontend/text_tensor.c \
	compiler/frontend/unpack.c
