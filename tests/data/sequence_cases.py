#!/usr/bin/env python3
"""Makes the data of tests/data/sequences/*.onnxtxt: inputs, and ONNX Runtime's outputs.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/sequence_cases.py tests/data/sequences
"""
import os
import sys

import numpy as np
import onnx.parser
import onnxruntime

rng = np.random.default_rng(3)
x = rng.standard_normal((3, 4)).astype(np.float32)
INPUTS = {
    "positions": [x, x + 1, np.array(1), np.array(-1)],
    "split": [x, np.array([1, 0, 3], np.int64)],
    "loop": [x],
    "map": [x, x[0]],
    "branches": [x, np.array(False)],
}

for name, inputs in INPUTS.items():
    d = os.path.join(sys.argv[1], name)
    with open(os.path.join(d, "model.onnxtxt"), encoding="utf-8") as f:
        m = onnx.parser.parse_model(f.read())
    s = onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"])
    outs = s.run(None, {i.name: a for i, a in zip(s.get_inputs(), inputs)})
    for kind, arrays in (("input", inputs), ("output", outs)):
        for k, a in enumerate(arrays):
            np.save(os.path.join(d, f"{kind}_{k}.npy"), a)
