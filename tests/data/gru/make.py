#!/usr/bin/env python3
"""Makes a GRU over 12 steps of 6 features with a dense layer behind it, and its reference from ONNX Runtime.
Needs onnx, onnxruntime and numpy; writes beside itself."""
import os

import numpy as np
import onnx
import onnx.parser
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, FEATURES, HIDDEN, CLASSES = 12, 6, 16, 4
rng = np.random.default_rng(7)


def tensor(name, shape, scale):
    values = (rng.standard_normal(shape) * scale).astype(np.float32).round(3)
    text = ", ".join(f"{v:g}" for v in values.ravel())
    return f"  float[{','.join(map(str, shape))}] {name} = {{{text}}}"


weights = ",\n".join([
    tensor("w", (1, 3 * HIDDEN, FEATURES), 0.4),
    tensor("r", (1, 3 * HIDDEN, HIDDEN), 0.3),
    tensor("b", (1, 6 * HIDDEN), 0.1),
    tensor("dense", (HIDDEN, CLASSES), 0.5),
])
text = f"""<ir_version: 8, opset_import: ["" : 17]>
gru (float[{STEPS},1,{FEATURES}] x) => (float[1,{CLASSES}] y)
<
{weights}
>
{{
  all, last = GRU <hidden_size = {HIDDEN}, linear_before_reset = 1> (x, w, r, b)
  zero = Constant <value_ints = [0]> ()
  h = Squeeze (last, zero)
  y = MatMul (h, dense)
}}
"""
with open(os.path.join(HERE, "gru.onnxtxt"), "w") as f:
    f.write(text)
model = onnx.parser.parse_model(text)
onnx.checker.check_model(model)
x = rng.standard_normal((STEPS, 1, FEATURES)).astype(np.float32)
options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
session = onnxruntime.InferenceSession(model.SerializeToString(), options)
np.save(os.path.join(HERE, "input_0.npy"), x)
np.save(os.path.join(HERE, "output_0.npy"), session.run(None, {"x": x})[0])
