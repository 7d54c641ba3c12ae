#!/usr/bin/env python3
"""Makes the data of tests/data/sequences and tests/data/loops: inputs, and the outputs of ONNX Runtime or, for
what that does not run, ONNX's reference evaluator.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/sequence_cases.py tests/data
"""
import os
import sys

import numpy as np
import onnx.numpy_helper
import onnx.parser
import onnx.reference
import onnxruntime

rng = np.random.default_rng(3)
x = rng.standard_normal((3, 4)).astype(np.float32)


def floats(*shape):
    return rng.standard_normal(shape).astype(np.float32)


INPUTS = {
    "sequences/positions": [x, x + 1, np.array(1), np.array(-1)],
    "sequences/split": [x, np.array([1, 0, 3], np.int64)],
    "sequences/loop": [x],
    "sequences/map": [x, x[0]],
    "sequences/branches": [x, np.array(False)],
    "sequences/run_insert": [np.array(3), floats(2, 3), np.array(-1)],
    "sequences/run_differ": [np.array(3), floats(3, 4), np.array(1)],
    "sequences/run_positions": [floats(2, 3), floats(1, 3), floats(2, 3), np.array(1), np.array(-1, np.int32)],
    "sequences/run_split": [floats(5, 2), np.array(2), np.array([2, 0, 3]), np.array(-1)],
    "sequences/run_rows": [floats(4, 2), np.array(-2)],
    "sequences/run_branches": [np.array(True), floats(2, 3), floats(1, 3)],
    "sequences/run_optional": [np.array(True), floats(2, 3)],
    "sequences/run_while": [floats(3), np.array(5, np.float32)],
    "sequences/run_strings": [np.array(2), np.array(["a", "bc"]), np.array(["d\u00e9f"]), np.array(0)],
    "sequences/run_optional_sequence": [np.array(False), floats(1, 3), floats(2, 3), np.array(3)],
    "sequences/run_map": [floats(3, 4), floats(4), floats(4) * 0],
    "sequences/run_ranks": [np.array(3), floats(4), np.array(-2)],
    "loops/branch_not_taken": [np.array(False), floats(3), floats(4)],
    "loops/no_iteration": [np.array(0), floats(3), floats(4)],
    "loops/ranks": [np.array(False), floats(1, 4), floats(3)],
    "loops/ranks_nested": [np.array(True), np.array(False), floats(1, 3)],
    "loops/ranks_known": [np.array(True), floats(1, 3)],
    "loops/ranks_declared": [np.array(True), floats(1, 4)],
    "loops/unused": [floats(2), np.array(3)],
    "loops/range": [np.array(3), floats(6)],
    "loops/strings_state": [np.array(["a", "b\u00e9"]), np.array(3)],
    "loops/strings_results": [np.array(["a", "bc"]), np.array(3)],
    "loops/strings_sequence": [np.array(["a", "bc"]), np.array(2)],
    "loops/strings_scan": [np.array(["s"]), np.array([["a"], ["bc"], ["d"]])],
    "loops/slice_numbers": [np.array([3, 0, 5, 1]), floats(6)],
    "loops/grow": [floats(2, 3)],
    "loops/shrink": [np.array(4), floats(6)],
    "loops/double": [floats(2)],
    "loops/selects": [np.array(3), floats(8), np.array(0.1, np.float32)],
    "loops/nested": [floats(1), np.array(2)],
    "loops/stated": [np.array(3), floats(2)],
    "loops/stacked": [np.array(3), floats(5), np.array(0.2, np.float32)],
    "loops/scan_stacked": [floats(3, 4), np.array(0.0, np.float32)],
    "loops/scan": [floats(0), floats(4, 2)],
}
REFERENCE = ["loops/scan"]

for name, inputs in INPUTS.items():
    d = os.path.join(sys.argv[1], name)
    with open(os.path.join(d, "model.onnxtxt"), encoding="utf-8") as f:
        m = onnx.parser.parse_model(f.read())
    feed = {i.name: a for i, a in zip(m.graph.input, inputs)}
    if name in REFERENCE:
        outs = onnx.reference.ReferenceEvaluator(m).run(None, feed)
    else:
        s = onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"])
        outs = s.run(None, feed)
    for kind, arrays in (("input", inputs), ("output", outs)):
        for k, a in enumerate(arrays):
            if isinstance(a, list):
                with open(os.path.join(d, f"{kind}_{k}.pb"), "wb") as f:
                    f.write(onnx.numpy_helper.from_list(a).SerializeToString())
                continue
            a = np.asarray(a)
            np.save(os.path.join(d, f"{kind}_{k}.npy"), a.astype(str) if a.dtype == object else a)
