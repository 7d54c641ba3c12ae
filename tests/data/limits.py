#!/usr/bin/env python3
"""Makes tests/data/limits: products of integers whose sums are just within 32 bits, and far beyond, in exact integers.

Needs numpy. Run: python3 tests/data/limits.py tests/data/limits
"""
import os
import sys

import numpy as np

MODEL = """
<ir_version: 10, opset_import: ["" : 21]>
limits (%s) => (int32[%d] y) <
 float one = {1}, int16 a0 = {0}, int16 least = {-32768}, uint8 b0 = {0}, uint8 b1 = {255}, int8 c0 = {0}, int8 c1 = {127},
 int8 w0 = {0}, int32 zero = {0}, int64[1] all = {-1}, int64[2] rows = {2, -1},
 float u14 = {16384}, float u20 = {1048576}, float u21 = {2097152}, float u23 = {8388608}, float u24 = {16777216},
 float u30 = {1073741824},
 int64[2] k516 = {516, 1}, int64[2] k517 = {517, 1}, int64[2] k6001 = {6001, 1}, int64[2] k66000 = {66000, 1},
 int64[2] k70000 = {70000, 1}, int64[2] x516 = {2, 516}, int64[2] x517 = {2, 517}, int64[2] x6001 = {2, 6001},
 int64[2] x66000 = {2, 66000}, int64[2] x70000 = {2, 70000}, int64[4] image = {2, 2048, 3, 3}, int64[4] pixel = {2, 1, 1, 1},
 int64[4] window = {1, 2048, 3, 3}, int64[2] x8 = {2, 8}, int64[2] k8 = {8, 1}, int32[2] biases = {2147483647, -2147483648},
 float nearly = {0.99999994}, uint8 b200 = {200}, int32[2] ends = {2147224567, -2147224567},
 int64[2] x3000 = {2, 3000}, int64[2] turned = {1, 2}, int64[2] c3000 = {3000, 2}>
{
%s
 y = Concat<axis = 0>(%s)
}
"""
A, B, C = [32767, -32768], [255, 0], [127, -128]


class Model:
    def __init__(self):
        self.text, self.results, self.expected = [], [], []

    def weights(self, shape):
        """127 in the first column or channel, -127 in the second."""
        m = f"m{len(self.results)}"
        axis = 0 if shape == "window" else 1
        self.text.append(f" {m}a = ConstantOfShape<value = int8[1] {{127}}>({shape}) {m}b = ConstantOfShape<value = int8[1] {{-127}}>({shape})")
        self.text.append(f" {m}w = Concat<axis = {axis}>({m}a, {m}b)")
        return m

    def result(self, m, q, numbers):
        """Integers q, which must be these numbers."""
        self.text.append(f" {m}i = Cast<to = 6>({q}) {m}y = Reshape({m}i, all)")
        self.results.append(m + "y")
        self.expected += numbers

    def product(self, x, zero, values, shapes, unit, to, y_zero=0, bias=None):
        """x in `shapes`[0], as wide as that, times the weights, in steps of `unit`."""
        m = self.weights(shapes[1])
        conv = shapes[1] == "window"
        if conv:
            self.text.append(f" {m}p = Reshape({x}, pixel) {m}x = Expand({m}p, {shapes[0]})")
        else:
            self.text.append(f" {m}x = Expand({x}, {shapes[0]})")
        self.text.append(f" {m}d = DequantizeLinear({m}x, one, {zero[0]}) {m}v = DequantizeLinear({m}w, one, w0)")
        extra = ""
        if bias:
            self.text.append(f" {m}e = DequantizeLinear(biases, one, zero)")
            extra = f", {m}e"
        self.text.append(f" {m}s = {'Conv' if conv else 'Gemm' if bias else 'MatMul'}({m}d, {m}v{extra})")
        info = np.iinfo(to)
        self.text.append(f" {m}z = Constant<value = {to.__name__} {{{y_zero}}}>() {m}q = QuantizeLinear({m}s, {unit}, {m}z)")
        taps, step = int(shapes[1][1:]) if not conv else 18432, 2 ** int(unit[1:])
        sums = [taps * w * (v - zero[1]) + (bias or [0, 0])[k] for v in values for k, w in enumerate((127, -127))]
        assert all(s % step != step // 2 for s in sums)  # halves go two ways
        self.result(m, m + "q", [min(max((s + step // 2) // step + y_zero, info.min), info.max) for s in sums])


def wrapped(s):
    return (s + 2**31) % 2**32 - 2**31


def wide():
    """Activations of 16 bits."""
    m, s16, s8 = Model(), np.int16, np.int8
    # 516 * 127 * 32768 < 2^31 < 517 * 127 * 32768
    m.product("a", ("a0", 0), A, ("x516", "k516"), "u20", s16)
    m.product("a", ("a0", 0), A, ("x517", "k517"), "u20", s16)
    m.product("a", ("a0", 0), A, ("x6001", "k6001"), "u20", s16, 7)
    m.product("a", ("least", -32768), A, ("x6001", "k6001"), "u21", s16)
    m.product("a", ("a0", 0), A, ("x6001", "k6001"), "u14", s16)  # beyond what 16 bits hold
    m.product("a", ("a0", 0), A, ("x6001", "k6001"), "u20", s16, 0, [2**31 - 1, -2**31])
    m.product("a", ("a0", 0), A, ("image", "window"), "u30", s8, 3)
    m.product("a", ("a0", 0), A, ("image", "window"), "u23", s16)
    m.text.append(" r = Expand(a, x3000) rd = DequantizeLinear(r, one, a0) t = Reshape(a, turned) u = Expand(t, c3000)")
    m.text.append(" ud = DequantizeLinear(u, one, a0) p = MatMul(rd, ud) q = QuantizeLinear(p, u30, a0)")
    m.result("both", "q", [(3000 * v * w + 2**29) // 2**30 for v in A for w in A])
    return m


def long():
    """Bytes."""
    m, s16, s8, u8 = Model(), np.int16, np.int8, np.uint8
    # 66000 * 127 * 255 < 2^31 < 70000 * 127 * 255
    for x in "66000", "70000":
        m.product("b", ("b0", 0), B, ("x" + x, "k" + x), "u24", u8, 128)
        m.product("b", ("b1", 255), B, ("x" + x, "k" + x), "u24", u8, 128)
        m.product("c", ("c0", 0), C, ("x" + x, "k" + x), "u24", s8, -3)
        m.product("c", ("c1", 127), C, ("x" + x, "k" + x), "u14", s16)
    m.product("c", ("c1", 127), C, ("x8", "k8"), "u24", s8, 1, [2**31 - 1, -2**31])
    # The largest sum by the largest factor below 1, and a zero point.
    k = m.weights("k8")
    m.text.append(f" {k}x = Expand(b, x8) {k}d = DequantizeLinear({k}x, nearly, b0) {k}v = DequantizeLinear({k}w, one, w0)")
    m.text.append(f" {k}e = DequantizeLinear(ends, nearly, zero) {k}s = Gemm({k}d, {k}v, {k}e) {k}q = QuantizeLinear({k}s, one, b200)")
    m.result(k, k + "q", [255, 0] * 2)
    # Sums themselves wrap.
    n = m.weights("k70000")
    m.text.append(f" {n}x = Expand(b, x70000) {n}q = MatMulInteger({n}x, {n}w, b1)")
    m.result(n, n + "q", [wrapped(70000 * w * (v - 255)) for v in B for w in (127, -127)])
    return m


def write(folder, m, inputs):
    os.makedirs(folder, exist_ok=True)
    borders = ", ".join(f"{np.dtype(kind).name}[2,1] {name}" for name, _, kind in inputs)
    with open(f"{folder}/model.onnxtxt", "w", encoding="ascii") as f:
        f.write((MODEL % (borders, len(m.expected), "\n".join(m.text), ", ".join(m.results))).lstrip())
    for i, (_, values, kind) in enumerate(inputs):
        np.save(f"{folder}/input_{i}.npy", np.array(values, kind).reshape(2, 1))
    np.save(f"{folder}/output_0.npy", np.array(m.expected, np.int32))


if __name__ == "__main__":
    write(os.path.join(sys.argv[1], "wide"), wide(), [("a", A, np.int16)])
    write(os.path.join(sys.argv[1], "long"), long(), [("b", B, np.uint8), ("c", C, np.int8)])
