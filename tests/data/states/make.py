#!/usr/bin/env python3
"""Makes an LSTM whose initial states and length are constants, and a product of a constant with what it gives: kernels
that read constants as they read activations. The reference is ONNX Runtime's. Needs onnx, onnxruntime and numpy;
writes beside itself."""
import os

import numpy as np
import onnx.parser
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, FEATURES, HIDDEN = 5, 3, 4
rng = np.random.default_rng(5)


def tensor(name, shape, scale):
    values = (rng.standard_normal(shape) * scale).astype(np.float32).round(3)
    text = ", ".join(f"{v:g}" for v in values.ravel())
    return f"  float[{','.join(map(str, shape))}] {name} = {{{text}}}"


weights = ",\n".join([
    tensor("w", (1, 4 * HIDDEN, FEATURES), 0.5),
    tensor("r", (1, 4 * HIDDEN, HIDDEN), 0.5),
    tensor("b", (1, 8 * HIDDEN), 0.1),
    tensor("h0", (1, 1, HIDDEN), 0.5),
    tensor("c0", (1, 1, HIDDEN), 0.5),
    tensor("peepholes", (1, 3 * HIDDEN), 0.5),
    tensor("mix", (1, 1, 2, 1), 0.5),
])
text = f"""<ir_version: 8, opset_import: ["" : 17]>
states (float[{STEPS},1,{FEATURES}] x) => (float[{STEPS},1,2,{HIDDEN}] y, float[1,1,{HIDDEN}] c)
<
{weights},
  int32[1] length = {{3}}
>
{{
  all, h, c = LSTM <hidden_size = {HIDDEN}> (x, w, r, b, length, h0, c0, peepholes)
  y = MatMul (mix, all)
}}
"""
with open(os.path.join(HERE, "states.onnxtxt"), "w") as f:
    f.write(text)
x = rng.standard_normal((STEPS, 1, FEATURES)).astype(np.float32)
session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
np.save(os.path.join(HERE, "input_0.npy"), x)
for i, y in enumerate(session.run(None, {"x": x})):
    np.save(os.path.join(HERE, f"output_{i}.npy"), y)
