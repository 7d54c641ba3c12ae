#!/usr/bin/env python3
"""Makes five dense layers of 64 x 64 floats, 80 KB of constants, and their reference from ONNX Runtime: more than pointers
of 16 bits reach. The weights are written as what they are computed from. Needs onnx, onnxruntime and numpy; writes beside
itself."""
import os

import numpy as np
import onnx
import onnx.parser
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
LAYERS, SIZE = 5, 64

layers = "".join(f"""
  f{k} = Constant <value_float = {0.7 + k / 9:.6f}> ()
  p{k} = Mul (counts, f{k})
  s{k} = Sin (p{k})
  t{k} = Mul (s{k}, scale)
  w{k} = Reshape (t{k}, square)
  h{k} = MatMul (x{k}, w{k})
  x{k + 1} = Tanh (h{k})""" for k in range(LAYERS))
text = f"""<ir_version: 8, opset_import: ["" : 17]>
far (float[1,{SIZE}] x0) => (float[1,{SIZE}] x{LAYERS})
{{
  zero = Constant <value_float = 0.0> ()
  one = Constant <value_float = 1.0> ()
  end = Constant <value_float = {SIZE * SIZE}.0> ()
  scale = Constant <value_float = 0.25> ()
  square = Constant <value_ints = [{SIZE}, {SIZE}]> ()
  counts = Range (zero, end, one){layers}
}}
"""
with open(os.path.join(HERE, "far.onnxtxt"), "w") as f:
    f.write(text)
x = np.random.default_rng(3).standard_normal((1, SIZE)).astype(np.float32)
session = onnxruntime.InferenceSession(onnx.parser.parse_model(text).SerializeToString())
np.save(os.path.join(HERE, "input_0.npy"), x)
np.save(os.path.join(HERE, "output_0.npy"), session.run(None, {"x0": x})[0])
