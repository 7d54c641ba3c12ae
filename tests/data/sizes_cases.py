#!/usr/bin/env python3
"""Makes tests/data/sizes: what the caller's sizes decide, 0 among them, some sets of data.

A cache that may hold nothing yet; sizes computed in floats (exactly and not) as scale factors make exporters write them;
transposed convolutions with auto_pad SAME.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/sizes_cases.py tests/data/sizes
"""
import os
import sys

import numpy as np
import onnx.parser
import onnxruntime

MODEL = """
<ir_version: 8, opset_import: ["" : 17]>
sizes (float[1,2,P,4] past, float[1,2,S,4] now, float[1,3,H,W] x)
	=> (float[1,2,A,4] cache, float[1,2,S,4] attended, float[1,3,B,C] once, float[1,3,D,E] less, float[1,6,F,G] twice, float[1,2,I,J] upper, float[1,2,K,L] lower)
<int64[1] zero = {0}, int64[1] two = {2}, int64[1] big = {9223372036854775807}, float half_more = {1.5}, float seven = {0.7}, float doubled = {2},
 int64[1] wide = {3}, float[4] scales = {1, 1, 2, 2}>
{
	cache = Concat <axis = 2> (past, now)
	turned = Transpose <perm = [0, 1, 3, 2]> (cache)
	scores = MatMul (now, turned)
	weights = Softmax <axis = 3> (scores)
	attended = MatMul (weights, cache)

	shape = Shape (x)
	batch = Slice (shape, zero, two)
	h = Slice (shape, two, wide)
	w = Slice (shape, wide, big)
	hf = Cast <to = 1> (h)
	wf = Cast <to = 1> (w)
	h15 = Mul (hf, half_more)
	w07 = Mul (wf, seven)
	h15f = Floor (h15)
	w07f = Ceil (w07)
	h15i = Cast <to = 7> (h15f)
	w07i = Cast <to = 7> (w07f)
	sizes = Concat <axis = 0> (batch, h15i, w07i)
	once = Resize <mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"> (x, , , sizes)
	h07 = Mul (hf, seven)
	h07u = Add (h07, half_more)
	h07i = Cast <to = 7> (h07u)
	spatial = Concat <axis = 0> (batch, h07i, w)
	less = Resize <mode = "linear"> (x, , , spatial)
	h2 = Mul (hf, doubled)
	h2f = Floor (h2)
	h2i = Cast <to = 7> (h2f)
	w2 = Mul (wf, doubled)
	w2f = Floor (w2)
	w2i = Cast <to = 7> (w2f)
	double = Concat <axis = 0> (batch, h2i, w2i)
	up = Resize <mode = "nearest"> (x, , , double)
	skip = Resize <mode = "nearest"> (x, , scales)
	twice = Concat <axis = 1> (up, skip)

	upper = ConvTranspose <auto_pad = "SAME_UPPER", strides = [2, 3]> (x, k)
	lower = ConvTranspose <auto_pad = "SAME_LOWER", strides = [3, 1]> (x, k)
}
"""
random = np.random.default_rng(7)
k = random.integers(-4, 5, (3, 2, 3, 4)) / 4
text = MODEL.replace("rest = Slice (cache, one, big, axis)\n\t", "").replace("", "")
text = text.replace("float[4] scales", "float[3,2,3,4] k = {%s}, float[4] scales" % ", ".join("%g" % v for v in k.ravel())).lstrip()
model = onnx.parser.parse_model(text)
top = sys.argv[1]
os.makedirs(top, exist_ok=True)
with open(os.path.join(top, "model.onnxtxt"), "w") as f:
    f.write(text)
options = onnxruntime.SessionOptions()
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
for p, s, h, w in (0, 1, 5, 10), (4, 2, 10, 7), (1, 3, 1, 1), (0, 4, 3, 6):
    folder = os.path.join(top, "%dx%dx%dx%d" % (p, s, h, w))
    os.makedirs(folder, exist_ok=True)
    data = {name: random.standard_normal(d).astype("f") for name, d in (("past", (1, 2, p, 4)), ("now", (1, 2, s, 4)), ("x", (1, 3, h, w)))}
    for i, a in enumerate(data.values()):
        np.save(os.path.join(folder, "input_%d.npy" % i), a)
    for i, a in enumerate(session.run(None, data)):
        np.save(os.path.join(folder, "output_%d.npy" % i), a)
