#!/usr/bin/env python3
"""Makes tests/data/same: windows with auto_pad SAME over sizes that only the run tells, some sets of data.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/same_cases.py tests/data/same
"""
import os
import sys

import numpy as np
import onnx.printer
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(3)
nodes, outputs, consts = [], [], {}


def add(op, inputs, kind, **attributes):
    for pad in "SAME_UPPER", "SAME_LOWER":
        name = "y%d" % len(outputs)
        nodes.append(helper.make_node(op, inputs, [name], auto_pad=pad, **attributes))
        outputs.append(helper.make_tensor_value_info(name, kind, [None] * 4))


def constant(name, value, dtype):
    consts[name] = np.asarray(value).astype(dtype)
    return name


FLOAT, INT8, UINT8, INT32 = TensorProto.FLOAT, TensorProto.INT8, TensorProto.UINT8, TensorProto.INT32
w = constant("w", random.standard_normal((3, 2, 3, 3)), "f")
v = constant("v", random.standard_normal((3, 2, 5, 2)), "f")
q = constant("q", random.integers(-50, 50, (3, 2, 3, 3)), "i1")
add("Conv", ["x", w], FLOAT, strides=[2, 2])
add("Conv", ["x", v], FLOAT, strides=[3, 1])
for kernel, strides in ([3, 3], [2, 2]), ([5, 2], [3, 2]):
    add("MaxPool", ["x"], FLOAT, kernel_shape=kernel, strides=strides)
    add("MaxPool", ["b"], INT8, kernel_shape=kernel, strides=strides)
    add("AveragePool", ["x"], FLOAT, kernel_shape=kernel, strides=strides)
    add("AveragePool", ["x"], FLOAT, kernel_shape=kernel, strides=strides, count_include_pad=1)
    add("LpPool", ["x"], FLOAT, kernel_shape=kernel, strides=strides)
zero = constant("zero", 7, "u1")
add("ConvInteger", ["u", q, zero], INT32, strides=[2, 2])
scales = [constant("xs", 0.1, "f"), constant("ws", 0.05, "f"), constant("ys", 0.3, "f")]
add("QLinearConv", ["u", scales[0], zero, q, scales[1], constant("wz", 0, "i1"), scales[2], constant("yz", 100, "u1")], UINT8, strides=[2, 2])

inputs = [helper.make_tensor_value_info(name, kind, [1, 2, "H", "W"]) for name, kind in (("x", FLOAT), ("b", INT8), ("u", UINT8))]
graph = helper.make_graph(nodes, "same", inputs, outputs, [numpy_helper.from_array(a, k) for k, a in consts.items()])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
top = sys.argv[1]
os.makedirs(top, exist_ok=True)
with open(os.path.join(top, "model.onnxtxt"), "w") as f:
    f.write(onnx.printer.to_text(model) + "\n")
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
for h, w in (4, 9), (7, 7), (1, 2), (9, 6):
    folder = os.path.join(top, "%dx%d" % (h, w))
    os.makedirs(folder, exist_ok=True)
    data = {
        "x": random.standard_normal((1, 2, h, w)).astype("f"),
        "b": random.integers(-128, 0, (1, 2, h, w)).astype("i1"),
        "u": random.integers(0, 256, (1, 2, h, w)).astype("u1"),
    }
    for i, a in enumerate(data.values()):
        np.save(os.path.join(folder, "input_%d.npy" % i), a)
    for i, a in enumerate(session.run(None, data)):
        np.save(os.path.join(folder, "output_%d.npy" % i), a)
