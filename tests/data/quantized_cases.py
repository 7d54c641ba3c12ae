#!/usr/bin/env python3
"""Makes tests/variations/q_*: quantized operators, many cases to a model, with the results of ONNX Runtime.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/quantized_cases.py tests/variations [FAMILY...]
With --apart, each case is a model of its own, with its inputs and outputs.

A case is a small model whose inputs are quantized. ONNX Runtime computes it node by node, without its own integer
operators: that is what ONNX defines. Inside a family's model each result is compared with that: of integers at most one in
twenty may be off, by one step; of floats all are within the tolerance. The model's only output says for each case whether
it is so. Inputs are constants, plus what is 0 but only known at run time.
"""
import os
import sys
import zlib

import numpy as np
import onnx
import onnx.compose
import onnx.printer
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
MS = "com.microsoft"
rng = np.random.default_rng(7)  # each family has its own
F, U8, S8, U16, S16, I32, I64 = np.float32, np.uint8, np.int8, np.uint16, np.int16, np.int32, np.int64


def f32(*shape):
    return rng.standard_normal(shape).astype(F)


def integers(kind, *shape):
    i = np.iinfo(kind)
    return rng.integers(i.min, i.max + 1, shape).astype(kind)


class Case:
    """A model that grows node by node; names of values are its handles."""

    def __init__(self, opset=21, domain=""):
        self.opset, self.domain = opset, domain
        self.nodes, self.inits, self.inputs, self.outputs, self.count = [], [], [], [], 0

    def name(self):
        self.count += 1
        return f"v{self.count}"

    def const(self, a, kind=None):
        t = numpy_helper.from_array(np.asarray(a), self.name())
        self.inits.append(t)
        # the text form has no constants of fewer than 8 bits
        return self.op("Cast", t.name, to=kind) if kind else t.name

    def input(self, a):
        self.inputs.append((self.name(), np.asarray(a)))
        return self.inputs[-1][0]

    def op(self, op, *ins, outs=1, domain="", **attrs):
        ins = [i if isinstance(i, str) else self.const(i) for i in ins]
        names = [self.name() for _ in range(outs)]
        self.nodes.append(helper.make_node(op, ins, names, domain=domain, **attrs))
        return names[0] if outs == 1 else names

    def out(self, *names):
        self.outputs += names

    def model(self, outputs):
        infos = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in self.inputs]
        outs = [helper.make_value_info(n, onnx.TypeProto()) for n in outputs]
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid(MS, 1)]
        return helper.make_model(helper.make_graph(self.nodes, "g", infos, outs, self.inits), ir_version=10, opset_imports=opsets)

    def run(self, *outputs):
        o = onnxruntime.SessionOptions()
        o.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        s = onnxruntime.InferenceSession(self.model(outputs).SerializeToString(), o, providers=["CPUExecutionProvider"])
        return s.run(None, dict(self.inputs))

    # -- quantization -----------------------------------------------------------------------

    def dq(self, x, scale, zero=None, **attrs):
        return self.op("DequantizeLinear", x, F(scale), *([] if zero is None else [zero]), domain=self.domain, **attrs)

    def x(self, kind, *shape, scale=0.05, zero=None, a=None):
        """An input of quantized reals, dequantized."""
        zero = (3 if np.iinfo(kind).min else 120) if zero is None else zero
        return self.dq(self.input(integers(kind, *shape) if a is None else a), scale, kind(zero))

    def w(self, a, kind=S8, axis=None, zero=0):
        """Weights as a quantizer leaves them: one scale, or one for each index of an axis."""
        top = np.iinfo(kind).max - abs(int(zero)) if np.iinfo(kind).min else 127
        rest = tuple(i for i in range(a.ndim) if i != axis)
        scale = (np.abs(a).max(axis=None if axis is None else rest) / top).astype(F)
        wide = [1] * a.ndim
        if axis is not None:
            wide[axis] = -1
        i = np.iinfo(kind)
        q = np.clip(np.rint(a / scale.reshape(wide) if axis is not None else a / scale) + zero, i.min, i.max).astype(kind)
        z = np.full(scale.shape, zero, kind)
        return self.dq(q, scale, z, **({} if axis is None else {"axis": axis}))

    def q(self, y, kind, clamp=False):
        """y quantized to its range, out of which a part saturates when `clamp`."""
        v = self.run(y)[0]
        lo, hi = min(0.0, float(v.min())), max(0.0, float(v.max()))
        i = np.iinfo(kind)
        scale = F((hi - lo) / (i.max - i.min) * (0.7 if clamp else 1) or 1)
        zero = kind(np.clip(round(i.min - lo / float(scale)), i.min, i.max))
        return self.op("QuantizeLinear", y, scale, zero, domain=self.domain), scale, zero

    def y(self, y, kind=S8, clamp=False):
        """y quantized as a result."""
        self.out(self.q(y, kind, clamp)[0])
        return self

    def qdq(self, y, kind=S8):
        q, scale, zero = self.q(y, kind)
        return self.dq(q, scale, zero)

    def apart(self, folder):
        os.makedirs(folder, exist_ok=True)
        onnx.save(self.model(self.outputs), folder + "/model.onnx")
        for k, (_, a) in enumerate(self.inputs):
            np.save(f"{folder}/input_{k}.npy", a)
        for k, a in enumerate(self.run(*self.outputs)):
            np.save(f"{folder}/output_{k}.npy", a)


class Family:
    def __init__(self, name, cases, opset=21, tol=1e-4):
        self.name, self.cases, self.opset, self.tol = name, cases, opset, tol
        self.nodes, self.inits, self.count = [], [], 0

    def op(self, op, *ins, **attrs):
        names = []
        for i in ins:
            if not isinstance(i, str):
                self.inits.append(numpy_helper.from_array(np.asarray(i), f"k{len(self.inits)}"))
                i = self.inits[-1].name
            names.append(i)
        self.count += 1
        self.nodes.append(helper.make_node(op, names, [f"t{self.count}"], **attrs))
        return f"t{self.count}"

    def verdict(self, y, want):
        """1 or 0, as int32 [1]: result y is `want`, as integers or as floats."""
        if want.dtype.kind in "iub":
            d = self.op("Abs", self.op("Sub", self.op("Cast", y, to=TensorProto.INT32), want.astype(I32)))
            many = self.op("ReduceSum", self.op("Min", d, I32(1)), keepdims=0)
            good = self.op("And", self.op("LessOrEqual", self.op("ReduceMax", d, keepdims=0), I32(1)), self.op("LessOrEqual", many, I32(want.size // 20)))
        else:
            d = self.op("Abs", self.op("Sub", y, want))
            good = self.op("LessOrEqual", self.op("ReduceMax", self.op("Sub", d, (self.tol * (1 + np.abs(want))).astype(want.dtype)), keepdims=0), F(0))
        return self.op("Unsqueeze", self.op("Cast", good, to=TensorProto.INT32), np.array([0], I64))

    def write(self, top):
        flags = []
        for k, case in enumerate(self.cases):
            want = case.run(*case.outputs)
            g = onnx.compose.add_prefix_graph(case.model(case.outputs).graph, f"c{k}_")
            self.inits += g.initializer
            for name, a in case.inputs:
                zero = self.op("Cast", "zero", to=helper.np_dtype_to_tensor_dtype(a.dtype))
                self.nodes.append(helper.make_node("Add", [self.op("Identity", a), zero], [f"c{k}_{name}"]))
            self.nodes += g.node
            flag = None
            for name, w in zip(case.outputs, want):
                v = self.verdict(f"c{k}_{name}", w)
                flag = self.op("Mul", flag, v) if flag else v
            flags.append(flag)
        self.nodes.append(helper.make_node("Concat", flags, ["ok"], axis=0))
        zero = helper.make_tensor_value_info("zero", TensorProto.FLOAT, [])
        out = helper.make_tensor_value_info("ok", TensorProto.INT32, [len(flags)])
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid(MS, 1)]
        m = helper.make_model(helper.make_graph(self.nodes, self.name, [zero], [out], self.inits), ir_version=10, opset_imports=opsets)
        d = os.path.join(top, self.name)
        os.makedirs(d, exist_ok=True)
        with open(os.path.join(d, "model.onnxtxt"), "w", encoding="utf-8") as f:
            f.write(onnx.printer.to_text(m) + "\n")
        np.save(os.path.join(d, "input_0.npy"), F(0))
        np.save(os.path.join(d, "output_0.npy"), np.ones(len(flags), I32))
        print(f"{self.name}: {len(flags)} cases")


FAMILIES = {}


def family(make):
    FAMILIES["q_" + make.__name__] = make
    return make


TOLERANCES = {}  # of families whose results are not as exact as the others'
OPSETS = {"q_normalize": 23, "q_expanded": 23, "q_defined": 23}


# -- products ----------------------------------------------------------------------------------


def conv(xs, ws, kind=S8, wkind=S8, axis=None, wzero=0, bias=None, then=None, op="Conv", opset=21, domain="", **attrs):
    c = Case(opset, domain)
    x = c.x(kind, *xs)
    w = c.w(f32(*ws), wkind, axis, wzero)
    ins = [x, w]
    channels = ws[1] * attrs.get("group", 1) if op == "ConvTranspose" else ws[0]
    if bias == "float":
        ins.append(f32(channels))
    if bias == "int":
        ins.append(c.dq(rng.integers(-2000, 2000, channels).astype(I32), 0.0004, I32(0)))
    y = c.op(op, *ins, **attrs)
    if then:
        y = c.op(then, y)
    return c.y(y, kind, clamp=then is None)


@family
def conv_cases():
    im = (2, 4, 7, 6)
    return [
        conv(im, (5, 4, 3, 3)),
        conv(im, (5, 4, 3, 3), U8, U8, wzero=130, bias="float", pads=[1, 0, 2, 1]),
        conv(im, (6, 2, 3, 2), S8, S8, axis=0, bias="int", group=2, strides=[2, 1], then="Relu"),
        conv(im, (4, 1, 3, 3), U8, S8, axis=0, group=4, auto_pad="SAME_UPPER", strides=[2, 2]),
        conv(im, (8, 1, 3, 3), S8, S8, group=4, dilations=[2, 2], pads=[2, 2, 2, 2]),
        conv(im, (5, 4, 1, 1), U8, U8, axis=0, wzero=100),
        conv((2, 3, 11), (4, 3, 3), S8, S8, bias="float", pads=[2, 1]),
        conv((1, 2, 4, 5, 6), (3, 2, 2, 3, 2), U8, S8, axis=0, bias="int", pads=[1, 1, 0, 0, 1, 1]),
        conv((1, 2, 4, 5, 6), (4, 1, 2, 3, 2), S8, S8, group=2),
        conv(im, (5, 4, 3, 3), S16, S8, axis=0, bias="float"),
        conv(im, (5, 4, 3, 3), U16, S8),
        conv(im, (5, 4, 3, 3), S16, S16),
        conv((1, 40, 5, 5), (3, 40, 3, 3), U8, U8, wzero=255),
        conv(im, (5, 4, 3, 3), opset=19, bias="float"),
        conv(im, (5, 4, 3, 3), U8, axis=0, opset=13, then="Relu"),
        conv(im, (5, 4, 3, 3), U8, bias="int", domain=MS, then="Relu"),
        conv(im, (5, 4, 2, 2), S16, domain=MS, axis=0),
    ]


def transposed(xs, ws, **kw):
    return conv(xs, ws, op="ConvTranspose", **kw)


@family
def conv_transpose():
    im = (2, 4, 5, 4)
    return [
        transposed(im, (4, 3, 3, 3)),
        transposed(im, (4, 3, 2, 2), strides=[2, 2], bias="int"),
        transposed(im, (4, 3, 3, 3), kind=U8, axis=1, strides=[2, 1], pads=[1, 0, 1, 2], bias="float"),
        transposed(im, (4, 2, 3, 3), group=2, strides=[2, 2], output_padding=[1, 1]),
        transposed(im, (4, 2, 3, 3), group=2, axis=1, strides=[2, 2]),
        transposed(im, (4, 1, 4, 4), group=4, strides=[2, 2], pads=[1, 1, 1, 1], kind=U8, wkind=U8, wzero=120),
        transposed(im, (4, 3, 3, 3), dilations=[2, 1], then="Relu"),
        transposed(im, (4, 3, 3, 3), strides=[3, 3], output_shape=[15, 12], auto_pad="SAME_UPPER"),
        transposed(im, (4, 3, 3, 3), strides=[2, 2], auto_pad="SAME_LOWER"),
        transposed((1, 3, 6), (3, 2, 4), strides=[2], pads=[1, 1], bias="float"),
        transposed((1, 2, 3, 3, 2), (2, 3, 2, 2, 2), strides=[2, 2, 2]),
        transposed(im, (4, 3, 1, 1), bias="int", kind=U8),
        transposed(im, (4, 3, 3, 3), kind=S16, axis=1),
        transposed((1, 16, 4, 4), (16, 8, 2, 2), strides=[2, 2], axis=1, bias="float"),
        transposed(im, (4, 3, 2, 2), strides=[3, 3], kind=U8, bias="float", then="Relu"),
    ]


def gemm(kind=S8, wkind=S8, axis=None, wzero=0, m=3, k=10, n=5, bias=None, a_const=False, **attrs):
    c = Case()
    ta, tb = attrs.get("transA", 0), attrs.get("transB", 0)
    a = c.x(kind, *((k, m) if ta else (m, k)))
    b = c.w(f32(*((n, k) if tb else (k, n))), wkind, axis, wzero)
    ins = [a, b]
    if bias == "vector":
        ins.append(f32(n))
    if bias == "int":
        ins.append(c.dq(rng.integers(-2000, 2000, n).astype(I32), 0.0004, I32(0)))
    if bias == "matrix":
        ins.append(f32(m, n))
    if bias == "column":
        ins.append(f32(m, 1))
    if bias == "number":
        ins.append(F(0.3))
    return c.y(c.op("Gemm", *ins, **attrs), kind)


def matmul(a, b, kind=S8, wkind=None, axis=None, bias=None, left=False, zero=None):
    c = Case()
    if wkind:
        y = c.op("MatMul", *([c.w(f32(*a), wkind, axis), c.x(kind, *b)] if left else [c.x(kind, *a), c.w(f32(*b), wkind, axis)]))
    else:
        y = c.op("MatMul", c.x(kind, *a), c.x(kind, *b, scale=0.02, zero=zero))
    if bias:
        y = c.op("Add", y, f32(*bias))
    return c.y(y, kind)


def blocked(wkind, bits, zero=None, n=6, k=32, block=8):
    """Weights in blocks along the axis of the sum."""
    c = Case()
    lo, hi = (0, 2**bits - 1) if zero is not None else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    q = c.const(rng.integers(lo, hi + 1, (k, n)).astype(I32), wkind)
    scale = (np.abs(f32(k // block, n)) * 0.05 + 0.01).astype(F)
    ins = [q, c.const(scale)] + ([c.const(rng.integers(4, 12, (k // block, n)).astype(I32), wkind)] if zero is not None else [])
    w = c.op("DequantizeLinear", *ins, axis=0, block_size=block)
    return c.y(c.op("MatMul", c.x(S8, 3, k), w))


def narrow(wkind, bits, signed):
    c = Case()
    lo, hi = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    q = c.const(rng.integers(lo, hi + 1, (10, 4)).astype(I32), wkind)
    ins = [q, c.const(f32(4) ** 2 * F(0.1) + F(0.01))] + ([] if signed else [c.const(np.full(4, 7, I32), wkind)])
    w = c.op("DequantizeLinear", *ins, axis=1)
    return c.y(c.op("MatMul", c.x(U8, 3, 10), w), U8)


@family
def matmul_cases():
    return [
        gemm(),
        gemm(U8, U8, wzero=100, bias="vector", transB=1),
        gemm(axis=0, transB=1, bias="int"),
        gemm(axis=1, bias="vector", alpha=0.5, beta=2.0),
        gemm(transA=1),
        gemm(U8, transA=1, transB=1, bias="vector"),
        gemm(bias="number"),
        gemm(bias="matrix"),
        gemm(bias="column"),
        gemm(S16, axis=1, bias="vector", m=12),
        gemm(alpha=0.25, bias="int", beta=0.5),
        matmul((3, 10), (10, 5), wkind=S8, axis=1, bias=(5,)),
        matmul((2, 3, 10), (10, 5), U8, wkind=S8),
        matmul((2, 3, 10), (2, 10, 5), wkind=S8),
        matmul((10,), (10, 5), wkind=S8),
        matmul((3, 10), (10,), wkind=S8),
        matmul((4, 10), (10, 5), wkind=S8, left=True),
        matmul((4, 10), (10, 5), wkind=S8, left=True, axis=0),
        matmul((2, 3, 10), (2, 10, 5)),
        matmul((2, 1, 3, 10), (4, 10, 5), U8),
        matmul((3, 10), (2, 10, 4), zero=0),
        matmul((10,), (10, 4)),
        matmul((3, 40), (40, 5), S16),
        narrow(TensorProto.INT4, 4, True),
        narrow(TensorProto.UINT4, 4, False),
        blocked(TensorProto.INT4, 4),
        blocked(TensorProto.UINT4, 4, zero=8),
        blocked(TensorProto.INT8, 8),
        turned("Transpose"),
        turned("Reshape"),
        turned("before"),
        shared(),
        constant_bias_folded(),
    ]


def turned(how):
    """Weights that are moved on their way to the product."""
    c = Case()
    x = c.x(S8, 3, 6)
    if how == "Transpose":
        w = c.op("Transpose", c.w(f32(4, 6), axis=0), perm=[1, 0])
    elif how == "Reshape":
        w = c.op("Reshape", c.w(f32(2, 3, 4)), np.array([6, 4], I64))
    else:
        w = c.dq(c.op("Transpose", c.const(integers(S8, 4, 6))), 0.02)
    return c.y(c.op("MatMul", x, w))


def shared():
    """One DequantizeLinear with three readers, one of them float; a QuantizeLinear with two."""
    c = Case()
    x = c.x(U8, 3, 6)
    q, s, z = c.q(c.op("MatMul", x, c.w(f32(6, 4))), U8)
    d = c.dq(q, s, z)
    c.y(c.op("MatMul", d, c.w(f32(4, 2))), U8)
    c.y(c.op("Add", d, c.dq(q, s, z)), U8)
    c.out(d, c.op("ReduceSum", x, np.array([1], I64), keepdims=0))
    return c


def constant_bias_folded():
    c = Case()
    y = c.op("MatMul", c.x(S8, 3, 6), c.w(f32(6, 4)))
    return c.y(c.op("Add", c.dq(integers(S8, 4), 0.03, S8(2)), y))


# -- without QuantizeLinear behind, and sums of integers -----------------------------------------


@family
def float_results():
    cases = []

    def add(build, **kw):
        c = Case(**kw)
        c.out(build(c))
        cases.append(c)

    im = (1, 4, 6, 5)
    add(lambda c: c.op("Conv", c.x(S8, *im), c.w(f32(3, 4, 3, 3))))
    add(lambda c: c.op("Conv", c.x(U8, *im), c.w(f32(3, 4, 3, 3), axis=0), f32(3), pads=[1, 1, 1, 1]))
    add(lambda c: c.op("Relu", c.op("Conv", c.x(U8, *im), c.w(f32(4, 1, 3, 3), U8, 0, 90), f32(4), group=4)))
    add(lambda c: c.op("ConvTranspose", c.x(U8, *im), c.w(f32(4, 3, 2, 2)), f32(3), strides=[2, 2]))
    add(lambda c: c.op("Gemm", c.x(S8, 3, 8), c.w(f32(5, 8), axis=0), f32(5), transB=1))
    add(lambda c: c.op("Gemm", c.x(S8, 3, 8), c.w(f32(8, 5)), f32(3, 5), alpha=0.5))
    add(lambda c: c.op("MatMul", c.x(U8, 2, 3, 8), c.w(f32(8, 5), axis=1)))
    add(lambda c: c.op("Add", c.op("MatMul", c.x(U8, 2, 3, 8), c.w(f32(8, 5), axis=1)), f32(5)))
    add(lambda c: c.op("MatMul", c.x(U8, 2, 3, 8), c.x(U8, 2, 8, 4)))
    add(lambda c: c.op("GlobalAveragePool", c.x(S8, *im)))
    add(lambda c: c.op("Softmax", c.x(S8, 3, 9)))
    add(lambda c: c.op("Sigmoid", c.x(S8, 3, 9)))
    add(lambda c: c.op("Add", c.x(S8, 3, 9), c.x(S8, 9)))
    add(lambda c: c.op("Softmax", c.op("MatMul", c.x(U8, 3, 8), c.w(f32(8, 5), axis=1))))
    add(lambda c: c.op("MatMul", c.x(S8, 3, 8), c.w(f32(8, 5), S8, axis=1)))
    add(lambda c: c.op("MatMul", c.x(S16, 3, 8), c.w(f32(8, 5), S8, axis=1)))
    return cases


@family
def integer_sums():
    cases = []

    def add(build, **kw):
        c = Case(**kw)
        c.out(build(c))
        cases.append(c)

    w, az = integers(S8, 8, 5), U8(120)
    add(lambda c: c.op("MatMulInteger", c.input(integers(U8, 3, 8)), w, az))
    add(lambda c: c.op("MatMulInteger", c.input(integers(U8, 3, 8)), integers(U8, 8, 5), az, U8(90)))
    add(lambda c: c.op("MatMulInteger", c.input(integers(S8, 2, 3, 8)), w))
    add(lambda c: c.op("MatMulInteger", c.input(integers(U8, 3, 8)), w, az, integers(S8, 5)))
    add(lambda c: c.op("MatMulInteger", c.input(integers(U8, 3, 8)), c.input(integers(S8, 8, 5)), c.input(az)))
    add(lambda c: c.op("MatMulInteger", c.input(integers(U8, 3, 8)), w, c.input(az)))
    add(lambda c: c.op("ConvInteger", c.input(integers(U8, 1, 3, 6, 5)), integers(U8, 4, 3, 3, 3), az, U8(130), pads=[1, 1, 1, 1]))
    add(lambda c: c.op("ConvInteger", c.input(integers(U8, 1, 4, 6, 5)), integers(U8, 4, 2, 3, 3), c.input(az), group=2, strides=[2, 2]))
    add(lambda c: c.op("ConvInteger", c.input(integers(U8, 1, 3, 6, 5)), integers(S8, 4, 3, 3, 3), az))

    def dynamic(c, x, w, wz, ws, bias=None):
        q, s, z = c.op("DynamicQuantizeLinear", x, outs=3)
        y = c.op("Cast", c.op("MatMulInteger", q, w, z, wz), to=TensorProto.FLOAT)
        y = c.op("Mul", y, c.op("Mul", s, ws))
        return y if bias is None else c.op("Add", y, bias)

    add(lambda c: dynamic(c, c.input(f32(3, 8)), w, S8(0), F(0.02)))
    add(lambda c: dynamic(c, c.input(f32(3, 8)), integers(U8, 8, 5), U8(113), F(0.02), f32(5)))
    add(lambda c: dynamic(c, c.input(f32(2, 3, 8)), w, np.zeros(5, S8), np.abs(f32(5)), f32(5)))

    def dynamic_conv(c, x, w, wz, ws, **attrs):
        q, s, z = c.op("DynamicQuantizeLinear", x, outs=3)
        y = c.op("Cast", c.op("ConvInteger", q, w, z, wz, **attrs), to=TensorProto.FLOAT)
        return c.op("Mul", y, c.op("Mul", s, ws))

    add(lambda c: dynamic_conv(c, c.input(f32(1, 3, 6, 5)), integers(U8, 4, 3, 3, 3), U8(120), F(0.01), pads=[1, 1, 1, 1]))
    add(lambda c: dynamic_conv(c, c.input(f32(1, 4, 6, 5)), integers(U8, 4, 1, 3, 3), U8(120), F(0.01), group=4))
    ws = np.abs(f32(5))
    add(lambda c: c.op("DynamicQuantizeMatMul", c.input(f32(3, 8)), w, ws, domain=MS))
    add(lambda c: c.op("DynamicQuantizeMatMul", c.input(f32(2, 3, 8)), integers(U8, 8, 5), F(0.02), U8(120), f32(5), domain=MS))
    add(lambda c: c.op("MatMulIntegerToFloat", c.input(integers(U8, 3, 8)), w, F(0.03), ws, az, np.zeros(5, S8), f32(5), domain=MS))
    add(lambda c: c.op("MatMulIntegerToFloat", c.input(integers(S8, 3, 8)), w, F(0.03), F(0.02), domain=MS))
    return cases


# -- elementwise, moves, reductions ---------------------------------------------------------------


@family
def elementwise():
    cases = []

    def binary(op, a, b, kind=S8, other=None, then=None):
        c = Case()
        y = c.op(op, c.x(kind, *a), c.x(other or kind, *b, scale=0.03))
        if then:
            y = c.op(then, y)
        cases.append(c.y(y, kind))

    def constant(op, value, kind=S8, first=False, shape=(3, 7)):
        c = Case()
        x = c.x(kind, *shape)
        cases.append(c.y(c.op(op, value, x) if first else c.op(op, x, value), kind))

    def unary(op, kind=S8, *rest, **attrs):
        c = Case()
        cases.append(c.y(c.op(op, c.x(kind, 3, 50), *rest, **attrs), kind))

    for op in ("Add", "Sub", "Mul"):
        binary(op, (3, 7), (3, 7))
        binary(op, (3, 1), (1, 7), U8, then="Relu")
        binary(op, (2, 3, 4, 5), (3, 1, 1), U8, S8)
        binary(op, (40,), (40,), S16)
        binary(op, (40,), (40,), U16)
        constant(op, f32(7))
        constant(op, F(1.5), first=True)
    binary("Div", (3, 7), (3, 7), U8)
    binary("Div", (30,), (1,), S8)
    constant("Div", np.abs(f32(7)) + F(0.5))
    binary("Min", (3, 7), (7,))
    binary("Max", (3, 7), (7,), U8)
    binary("PRelu", (2, 3, 7), (3, 1))
    constant("PRelu", f32(3, 1), shape=(2, 3, 7))
    constant("Pow", F(2))
    constant("Max", F(0.25))
    for op in ("Sigmoid", "Tanh", "HardSwish", "Gelu", "LeakyRelu", "Elu", "Exp", "Abs", "Neg", "Softplus", "Erf", "Relu", "HardSigmoid", "Sign", "Floor", "Mish", "Selu", "Celu"):
        unary(op, S8 if op != "Mish" else U8)
    unary("Clip", U8, F(-1), F(2))
    for op in ("Sigmoid", "Tanh", "Relu", "LeakyRelu", "Gelu"):
        unary(op, S16)
    c = Case()
    cases.append(c.y(c.op("Sqrt", c.x(U8, 3, 50, zero=0)), U8))
    c = Case()
    x = c.x(S8, 3, 40)
    cases.append(c.y(c.op("Mul", x, c.op("Sigmoid", x))))
    c = Case()
    k = c.const(np.array([[True], [False], [True]]))
    cases.append(c.y(c.op("Where", k, c.x(S8, 3, 7), c.x(S8, 7, scale=0.1))))
    c = Case()
    k = c.const(np.array([[True], [False], [True]]))
    cases.append(c.y(c.op("Where", k, c.x(S8, 3, 7), F(-1.5))))
    c = Case()
    cases.append(c.y(c.op("Sum", c.x(S8, 3, 7), c.x(S8, 7), c.x(S8, 3, 1))))
    c = Case()
    cases.append(c.y(c.op("Add", c.op("Mul", c.x(S8, 2, 3, 7), f32(3, 1)), f32(3, 1))))
    return cases


@family
def reduce():
    cases = []

    def one(op, shape, kind=S8, *rest, then=None, **attrs):
        c = Case()
        y = c.op(op, c.x(kind, *shape), *rest, **attrs)
        cases.append(c.y(y, kind) if not then else then(c, y))

    def axes(*a):
        return np.array(a, I64)

    im = (2, 3, 6, 5)
    for kind in (S8, U8):
        one("AveragePool", im, kind, kernel_shape=[3, 2], pads=[1, 0, 1, 1], count_include_pad=1)
        one("AveragePool", im, kind, kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 2])
    one("AveragePool", im, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    one("AveragePool", im, kernel_shape=[2, 2], dilations=[2, 2])
    one("AveragePool", im, kernel_shape=[3, 3], auto_pad="SAME_LOWER", strides=[2, 2])
    one("AveragePool", (2, 3, 8), S16, kernel_shape=[3])
    one("GlobalAveragePool", im, U8)
    one("GlobalAveragePool", (2, 3, 7), S16)
    one("GlobalMaxPool", im)
    one("MaxPool", im, kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 1], ceil_mode=1)
    one("MaxPool", im, U8, kernel_shape=[2, 2], dilations=[2, 1])
    one("MaxPool", (2, 3, 8), S16, kernel_shape=[3])
    one("ReduceMean", im, S8, axes(1))
    one("ReduceMean", im, U8, axes(0, 3), keepdims=0)
    one("ReduceMean", im)
    one("ReduceMax", im, S8, axes(1))
    one("ReduceMin", im, U8, axes(2, 3), keepdims=0)
    one("ReduceSum", im, S8, axes(1), keepdims=0)
    one("ReduceSum", im, U8)
    one("ReduceL1", im, S8, axes(1))
    one("ReduceL2", im, S8, axes(1))
    one("ReduceProd", (2, 2), S8, axes(1))
    for axis in (1, -1, 0):
        one("Softmax", (3, 5, 7), S8 if axis else U8, axis=axis)
    one("Softmax", (3, 7), S16)
    one("LogSoftmax", (3, 7))
    one("LogSoftmax", (3, 5, 7), U8, axis=1)
    one("LayerNormalization", (3, 16), S8, f32(16), f32(16))
    one("LayerNormalization", (2, 3, 16), U8, f32(16))
    one("LayerNormalization", (3, 16), S16, f32(16), f32(16))
    one("InstanceNormalization", im, S8, f32(3), f32(3))
    one("LpNormalization", (3, 16), S8, axis=1)
    for op in ("ArgMax", "ArgMin"):
        one(op, (3, 9), S8, then=lambda c, y: c.out(y) or c, axis=1)
    one("TopK", (3, 9), S8, axes(3), outs=2, then=lambda c, y: c.out(*y) or c)
    return cases


@family
def moves():
    cases = []

    def one(op, shape, kind=S8, *rest, outs=1, same=False, scale=None, **attrs):
        c = Case()
        x = c.x(kind, *shape)
        y = c.op(op, x, *rest, outs=outs, **attrs)
        for v in [y] if outs == 1 else y:
            if same:
                c.out(c.op("QuantizeLinear", v, F(0.05), kind(3 if np.iinfo(kind).min else 120)))
            else:
                c.y(v, kind, clamp=op == "Resize")  # of one scale, means of two are all ties
        cases.append(c)

    def i(*a):
        return np.array(a, I64)

    im = (2, 4, 6, 5)
    one("Transpose", im, perm=[0, 2, 3, 1])
    one("Reshape", im, U8, i(2, 4, -1))
    one("Squeeze", (1, 4, 1, 5))
    one("Unsqueeze", im, S8, i(0))
    one("Split", im, S8, outs=2, axis=1, num_outputs=2)
    one("Slice", im, U8, i(1, 0), i(5, 4), i(2, 3), i(2, 1), same=True)
    one("Gather", im, S8, i(2, 0), axis=1)
    one("DepthToSpace", im, blocksize=2)
    one("SpaceToDepth", (2, 3, 6, 4), U8, blocksize=2)
    one("Expand", (3, 1, 4), S8, i(3, 2, 4), same=True)
    one("Tile", (3, 4), S8, i(2, 1))
    one("Pad", im, S8, i(0, 0, 1, 2, 0, 0, 0, 1))
    one("Pad", im, U8, i(0, 0, 1, 2, 0, 0, 0, 1), F(0.5))
    one("Pad", im, U8, i(0, 0, 1, 2, 0, 0, 0, 1), F(0.123))
    one("Pad", im, S8, i(0, 0, 1, 2, 0, 0, 0, 1), mode="reflect")
    one("Flatten", im, S8)
    one("GatherElements", (3, 4), S8, i(2, 0, 1, 0).reshape(1, 4))
    one("GatherND", (3, 4), S8, i(2, 0, 1, 0).reshape(2, 2))
    one("Identity", im, S16)
    one("Transpose", im, S16)
    one("ReverseSequence", (3, 4), S8, i(2, 3, 1, 1))
    one("Resize", im, S8, "", F([1, 1, 2, 2]), mode="nearest")
    one("Resize", im, U8, "", "", i(2, 4, 9, 7), mode="nearest", coordinate_transformation_mode="asymmetric")
    one("Resize", im, S8, "", F([1, 1, 2, 2]), mode="linear")
    one("Resize", im, U8, "", F([1, 1, 2, 2]), mode="linear", coordinate_transformation_mode="asymmetric")
    one("Resize", im, S8, "", "", i(2, 4, 11, 9), mode="linear", coordinate_transformation_mode="align_corners")
    one("Resize", im, S8, "", "", i(2, 4, 9, 7), mode="linear", coordinate_transformation_mode="pytorch_half_pixel", same=True)
    one("Resize", im, S8, "", "", i(2, 4, 3, 2), mode="linear", antialias=1)
    one("Resize", im, S8, "", F([1, 1, 2, 2]), mode="cubic")
    one("Resize", (2, 3, 7), U8, "", F([1, 1, 3]), mode="linear")
    one("Resize", im, S16, "", F([1, 1, 2, 2]), mode="linear")
    for same in (False, True):
        c = Case()
        parts = [c.x(S8, 2, 3, scale=0.05 if same else s) for s in (0.05, 0.1, 0.02)]
        cases.append(c.y(c.op("Concat", *parts, axis=1)))
    c = Case()
    cases.append(c.y(c.op("Concat", c.x(S8, 2, 3), c.dq(integers(S8, 2, 3), 0.1, S8(0)), axis=0)))
    c = Case()
    cases.append(c.y(c.op("Concat", c.x(S8, 2, 3), f32(2, 3), axis=0)))
    c = Case()
    cases.append(c.y(c.op("Gather", c.w(f32(10, 6)), c.input(i(3, 9, 0)))))
    c = Case()
    cases.append(c.y(c.op("Gather", c.w(f32(10, 6), axis=0), c.input(i(3, 9, 0)))))
    c = Case()
    cases.append(c.y(c.op("ScatterND", c.x(S8, 4, 3), i(2, 0).reshape(2, 1), c.x(S8, 2, 3))))
    return cases


# -- what is exact in float, and near in fixed point ------------------------------------------------


def unary(op, shape, kind, *rest, out=None, then=None, scale=0.05, zero=None, clamp=False, **attrs):
    """Q(op(DQ(x), ...)), of 16 bits over about the same reals as of 8."""
    c = Case()
    x = c.x(kind, *shape, scale=scale if kind in (S8, U8) else scale / 256, zero=zero)
    y = c.op(op, x, *rest, **attrs)
    return c.y(c.op(then, y) if then else y, out or kind, clamp)


def between(op, a, b, kind=S8, other=None, out=None, away=False, then=None):
    """Of two tensors; away: the second one's integers stay away from their zero point."""
    c = Case()
    other = other or kind
    ib = integers(other, *b)
    if away:
        zero = 3 if np.iinfo(other).min else 120
        top, least = np.iinfo(other).max, np.iinfo(other).max // 8
        ib = np.where(np.abs(ib.astype(I64) - zero) < least, ib.astype(I64) % (top - zero - least) + zero + least, ib).astype(other)
    y = c.op(op, c.x(kind, *a, scale=0.05 if kind in (S8, U8) else 0.0002), c.x(other, *b, scale=0.03 if other in (S8, U8) else 0.0001, a=ib))
    return c.y(c.op(then, y) if then else y, out or kind)


@family
def resize():
    def up(shape, to, kind=S8, scales=False, **attrs):
        # of another scale, and some of it saturated: means of two of one scale are ties
        return unary("Resize", shape, kind, "", *([F(to)] if scales else ["", np.array(to, I64)]), clamp=True, mode=attrs.pop("mode", "linear"), **attrs)

    im = (2, 3, 6, 5)
    return [
        up(im, [1, 1, 2, 2], scales=True),
        up(im, [1, 1, 2, 2], U8, True, coordinate_transformation_mode="asymmetric"),
        up(im, [2, 3, 11, 9], coordinate_transformation_mode="align_corners"),
        up(im, [2, 3, 9, 7], U8, coordinate_transformation_mode="pytorch_half_pixel"),
        up(im, [2, 3, 12, 10], coordinate_transformation_mode="half_pixel_symmetric"),
        up(im, [2, 3, 3, 2], U8, antialias=1),
        up(im, [2, 3, 4, 4]),
        up(im, [1, 1, 2, 2], S8, True, mode="cubic"),
        up(im, [2, 3, 11, 7], U8, mode="cubic", exclude_outside=1, cubic_coeff_a=-0.5),
        up((2, 3, 7), [1, 1, 3], U8, True),
        up((2, 3, 7), [2, 3, 5]),
        up((1, 2, 3, 4, 3), [1, 1, 2, 2, 2], S8, True),
        up((1, 2, 3, 4, 3), [1, 2, 3, 7, 3], U8),
        up((5, 6), [9, 11]),
        up(im, [12, 5], U8, axes=[2, 3]),
        up(im, [1, 1, 2, 2], S16, True),
        up(im, [2, 3, 9, 7], U16),
        up(im, [2, 3, 8, 7], S16, mode="cubic"),
    ]


@family
def normalize():
    im = (2, 6, 5, 4)
    g = lambda *s: (np.abs(f32(*s)) + F(0.3)).astype(F)  # noqa: E731
    cases = []
    for kind in (S8, U8, S16):
        cases.append(unary("LayerNormalization", (3, 16), kind, g(16), f32(16)))
        cases.append(unary("InstanceNormalization", im, kind, g(6), f32(6)))
        cases.append(unary("GroupNormalization", im, kind, g(6), f32(6), num_groups=3))
        cases.append(unary("LpNormalization", (3, 16), kind, axis=1))
    cases += [
        unary("LayerNormalization", (2, 3, 40), U8, g(40), epsilon=1e-2),
        unary("LayerNormalization", (2, 4, 6), S8, g(4, 6), f32(4, 6), axis=1),
        unary("LayerNormalization", (4, 4), S8, g(4, 1), f32(4)),
        unary("LayerNormalization", (2, 3, 16), S8, f32(16), f32(16), then="Relu"),
        unary("LayerNormalization", (3, 16), S8, g(1), f32(16), out=S16),
        unary("LayerNormalization", (3, 200), U8, g(200), f32(200), scale=0.001),
        unary("InstanceNormalization", (1, 3, 50), S8, g(3), f32(3), epsilon=1.0),
        unary("GroupNormalization", (1, 4, 9), U8, g(4), f32(4), num_groups=1),
        unary("LpNormalization", (3, 5, 7), U8, p=2),
    ]
    c = Case(23)
    cases.append(c.y(c.op("RMSNormalization", c.x(S8, 3, 16), g(16))))
    c = Case()
    cases.append(c.y(c.op("LayerNormalization", c.x(U8, 3, 16), c.w(g(16), U8), c.dq(rng.integers(-900, 900, 16).astype(I32), 0.001)), U8))
    return cases


@family
def wide():
    cases = []
    for kind in (S16, U16):
        for op in ("Add", "Sub", "Mul"):
            cases.append(between(op, (3, 20), (3, 20), kind))
            cases.append(between(op, (3, 1), (1, 20), kind, out=S8, then="Relu"))
        cases.append(between("Div", (3, 20), (3, 20), kind, away=True))
        cases.append(unary("MaxPool", (1, 3, 8, 7), kind, kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 1]))
        cases.append(unary("GlobalMaxPool", (1, 3, 8, 7), kind))
        cases.append(unary("AveragePool", (1, 3, 8, 7), kind, kernel_shape=[3, 2], pads=[1, 0, 1, 1]))
        cases.append(unary("ReduceSum", (3, 8, 20), kind, np.array([1], I64)))
        cases.append(unary("ReduceMean", (3, 4, 5), kind, np.array([0, 2], I64)))
        cases.append(unary("Softmax", (3, 20), kind))
        cases.append(unary("Softmax", (3, 9, 5), kind, axis=1, out=U8))
        cases.append(unary("LogSoftmax", (3, 20), kind))
        c = Case()
        cases.append(c.y(c.op("Concat", c.x(kind, 2, 15, scale=0.0002), c.x(kind, 2, 15, scale=0.0001), axis=1), kind))
    cases.append(between("Add", (3, 20), (20,), S8, S16, S16))
    cases.append(between("Mul", (3, 20), (20,), U8, S16))
    cases.append(between("Add", (3, 20), (20,), S8, S8, S16))
    cases.append(between("PRelu", (3, 20), (3, 1), S16))
    for op, kind in (("Gelu", S16), ("Sigmoid", S16), ("Tanh", U16), ("Exp", S16), ("Softplus", U16), ("Abs", S16), ("Relu", U16), ("LeakyRelu", S16)):
        cases.append(unary(op, (3, 100), kind))
    cases.append(unary("Tanh", (3, 50), S16, out=S8))
    c = Case()
    x = c.x(S16, 3, 50, scale=0.0002)
    cases.append(c.y(c.op("Mul", x, c.op("Sigmoid", x)), S16))
    return cases


def chain(shape, kind, *then, ws=None, out=None, bias=False, **attrs):
    """What no one quantizes between: a convolution and functions, each of the result before it, v, and of x."""
    c = Case()
    x = c.x(kind, *shape, scale=0.02)
    ws = ws or (4, shape[1], 3, 3)
    v = c.op("Conv", x, c.w(f32(*ws), S8, 0), *([f32(ws[0])] if bias else []), **attrs)
    for f in then:
        v = f(c, v, x)
    return c.y(v, out or kind)


def function(op, **attrs):
    return lambda c, v, x: c.op(op, v, **attrs)


@family
def chains():
    """Between two operators, without a QuantizeLinear."""
    im, same = (1, 4, 6, 7), {"pads": [1, 1, 1, 1]}
    six = F(6)

    def gate(c, v, x):
        return c.op("Mul", v, c.op("Sigmoid", v))

    def swish(c, v, x):
        return c.op("Div", c.op("Mul", c.op("Clip", c.op("Add", v, F(3)), F(0), six), v), six)

    def residual(c, v, x):
        return c.op("Add", v, x)

    def less(c, v, x):
        return c.op("Sub", x, v)

    def another(c, v, x):
        return c.op("Add", v, c.op("Conv", x, c.w(f32(4, 4, 3, 3), S8), f32(4), **same))

    def times(c, v, x):
        return c.op("Mul", v, c.op("HardSigmoid", c.op("Conv", x, c.w(f32(4, 4, 1, 1), S8, 0))))

    def beside(c, v, x):
        return c.op("Concat", c.op("Relu", v), x, axis=1)

    def per_channel(c, v, x):
        return c.op("Add", c.op("Mul", v, np.abs(f32(4, 1, 1)) + F(0.1)), f32(4, 1, 1))

    def gelu(c, v, x):
        erf = c.op("Erf", c.op("Div", v, F(np.sqrt(2))))
        return c.op("Mul", c.op("Mul", v, F(0.5)), c.op("Add", erf, F(1)))

    def again(c, v, x):
        return c.op("Conv", v, c.w(f32(4, 4, 1, 1), S8, 0), f32(4))

    cases = []
    for kind in (S8, U8):
        for op in ("HardSwish", "Sigmoid", "Tanh", "LeakyRelu", "Elu", "Mish", "HardSigmoid"):
            cases.append(chain(im, kind, function(op), bias=True))
        for f in (gate, swish, gelu, per_channel):
            cases.append(chain(im, kind, f))
        for f in (residual, less, another, times, beside):
            cases.append(chain(im, kind, f, **same))
        cases.append(chain(im, kind, residual, function("Relu"), **same))
        cases.append(chain(im, kind, another, lambda c, v, x: c.op("Clip", v, F(0), six), **same))
        cases.append(chain(im, kind, gate, residual, **same))
        cases.append(chain(im, kind, function("GlobalAveragePool")))
        cases.append(chain(im, kind, function("Relu"), function("AveragePool", kernel_shape=[2, 2])))
        cases.append(chain(im, kind, function("MaxPool", kernel_shape=[2, 2]), function("LeakyRelu", alpha=0.2)))
        cases.append(chain(im, kind, function("HardSwish"), again))
        cases.append(chain(im, kind, function("Softmax", axis=1)))
    cases.append(chain((1, 8, 6, 6), S8, function("HardSwish"), ws=(8, 1, 3, 3), group=8, strides=[2, 2], **same))
    cases.append(chain((2, 40, 3, 4), U8, function("HardSwish"), ws=(12, 40, 1, 1)))
    c = Case()
    v = c.op("Gemm", c.x(S8, 3, 20), c.w(f32(20, 6)), f32(6))
    c.y(c.op("Relu", v))
    cases.append(c.y(c.op("Tanh", v)))
    c = Case()
    v = c.op("Add", c.op("MatMul", c.x(S8, 3, 20), c.w(f32(20, 6))), f32(6))
    cases.append(c.y(c.op("Mul", v, c.op("Sigmoid", v))))
    c = Case()
    mean = c.op("ReduceMean", c.x(S8, 2, 5, 20), np.array([1], I64), keepdims=0)
    cases.append(c.y(c.op("Softmax", c.op("MatMul", mean, c.w(f32(20, 6)))), U8))
    return cases


@family
def quotient():
    def a(*axes):
        return np.array(axes, I64)

    return [
        between("Div", (3, 20), (3, 20), U8, away=True),
        between("Div", (3, 20), (3, 1), S8, away=True),
        between("Div", (20,), (3, 20), S8, U8, away=True, then="Relu"),
        between("Div", (2, 3, 4, 5), (3, 1, 1), U8, S8, away=True),
        between("Div", (3, 20), (1,), S8, S8, S16, away=True),
        between("PRelu", (2, 3, 7), (3, 1)),
        between("PRelu", (3, 20), (3, 20), U8),
        between("PRelu", (3, 20), (20,), S8, U8),
        unary("PRelu", (2, 3, 7), S8, f32(3, 1)),
        unary("PRelu", (2, 3, 4, 5), U8, f32(3, 1, 1)),
        unary("PRelu", (3, 20), S8, F(0.25)),
        unary("ReduceSum", (3, 4, 5), S8, a(1), keepdims=0),
        unary("ReduceSum", (3, 4, 5), U8, a(0, 2)),
        unary("ReduceSum", (2, 3, 4, 5), S8, a(2, 3)),
        unary("ReduceSum", (3, 40), U8),
        unary("LogSoftmax", (3, 20), S8),
        unary("LogSoftmax", (3, 20), U8, scale=0.01),
        unary("LogSoftmax", (3, 9, 5), S8, axis=1, scale=0.2),
        unary("LogSoftmax", (2, 1000), U8, scale=0.02),
        unary("LogSoftmax", (3, 1), S8),
        unary("LogSoftmax", (3, 20), S8, out=S16),
    ]


# -- recurrence -----------------------------------------------------------------------------------


def recurrent(op, kind=U8, wkind=S8, axis=False, hidden=6, size=5, seq=4, batch=2, direction="forward", lens=False, initial=False, state_q=False, **attrs):
    c = Case()
    gates, dirs = {"LSTM": 4, "GRU": 3, "RNN": 1}[op], 2 if direction == "bidirectional" else 1
    shape = (batch, seq, size) if attrs.get("layout") else (seq, batch, size)
    x = c.x(kind, *shape, scale=0.01 if kind in (S8, U8) else 0.00005)
    w = c.w((f32(dirs, gates * hidden, size) * 0.5).astype(F), wkind)
    r = c.w((f32(dirs, gates * hidden, hidden) * 0.5).astype(F), wkind)
    b = (f32(dirs, 2 * gates * hidden) * 0.2).astype(F)
    ins = [x, w, r, b]
    if lens or initial:
        ins.append(np.array([seq - 1, seq], I32) if lens else "")
    if initial:
        h = (dirs, batch, hidden) if not attrs.get("layout") else (batch, dirs, hidden)
        ins.append(c.x(kind, *h, scale=0.005))
        if op == "LSTM":
            ins.append(c.x(kind, *h, scale=0.01))
    outs = c.op(op, *ins, outs=3 if op == "LSTM" else 2, hidden_size=hidden, direction=direction, **attrs)
    c.y(outs[0], kind)
    if state_q:
        for v in outs[1:]:
            c.y(v, kind)
    return c


@family
def recurrent_cases():
    cases = []
    for op in ("LSTM", "GRU"):
        cases += [
            recurrent(op),
            recurrent(op, S8, S8, batch=1, seq=9),
            recurrent(op, direction="reverse"),
            recurrent(op, S8, direction="bidirectional"),
            recurrent(op, initial=True),
            recurrent(op, lens=True),
            recurrent(op, state_q=True),
            recurrent(op, wkind=U8),
            recurrent(op, S16),
            recurrent(op, hidden=20, size=17, seq=12),
        ]
    cases += [recurrent("GRU", linear_before_reset=1), recurrent("GRU", S8, linear_before_reset=1, direction="bidirectional", initial=True)]
    cases += [recurrent("LSTM", input_forget=1), recurrent("LSTM", clip=0.5), recurrent("RNN")]
    return cases


def any_recurrent(op, *functions, dirs=1, alpha=(), beta=(), peephole=False, initial=1.0, kind=U8, hidden=10, size=5, seq=4, batch=2, small=0.5, **attrs):
    """Activations of every kind; states may be beyond 1."""
    c = Case()
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[op]
    shape, state = (seq, batch, size), (dirs, batch, hidden)
    if attrs.get("layout"):
        shape, state = (batch, seq, size), (batch, dirs, hidden)
    ins = [c.x(kind, *shape, scale=0.01 if kind in (S8, U8) else 0.00004), c.w((f32(dirs, gates * hidden, size) * small).astype(F), S8), c.w((f32(dirs, gates * hidden, hidden) * small).astype(F), S8)]
    ins.append((f32(dirs, 2 * gates * hidden) * 0.2).astype(F))
    ins.append(np.array([seq - k % 2 for k in range(batch)], I32) if attrs.pop("lens", False) else "")
    wide = kind in (S16, U16)
    ins += [c.x(kind, *state, scale=0.00004 * initial if wide else 0.01 * initial) if initial else "" for _ in range(2 if op == "LSTM" else 1)]
    if peephole:
        ins.append((f32(dirs, 3 * hidden) * 0.3).astype(F))
    outs = c.op(op, *ins, outs=3 if op == "LSTM" else 2, hidden_size=hidden, direction="bidirectional" if dirs == 2 else attrs.pop("direction", "forward"), activations=list(functions), **({"activation_alpha": list(alpha)} if alpha else {}), **({"activation_beta": list(beta)} if beta else {}), **attrs)
    for v in outs[: 1 if wide else 3]:  # states have too few elements for one of twenty to be off
        c.y(v, kind)
    return c


@family
def recurrent_any():
    cases = []
    for f in ("Relu", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid", "Elu", "Softsign", "Softplus", "Affine"):
        given = {"ThresholdedRelu": {"alpha": [0.05]}, "ScaledTanh": {"alpha": [0.9], "beta": [1.2]}, "Affine": {"alpha": [0.6], "beta": [0.2]}}.get(f, {})
        cases += [any_recurrent("RNN", f, **given), any_recurrent("GRU", "Sigmoid", f, **given), any_recurrent("LSTM", "Sigmoid", f, f, **{k: v * 2 for k, v in given.items()})]
    for kind in (S8, S16, U16):
        cases += [
            any_recurrent("RNN", "Relu", kind=kind, seq=9, small=0.3),
            any_recurrent("RNN", "Affine", alpha=[-0.7], beta=[0.3], kind=kind),
            any_recurrent("RNN", "Sigmoid", kind=kind),
            any_recurrent("GRU", "HardSigmoid", "Softsign", alpha=[0.3], beta=[0.6], kind=kind, linear_before_reset=1),
            any_recurrent("LSTM", "HardSigmoid", "Elu", "Softplus", alpha=[0.25, 0.8], beta=[0.4], kind=kind, peephole=True, small=0.3),
            any_recurrent("LSTM", "Sigmoid", "Tanh", "Tanh", kind=kind, initial=3.0, peephole=True),
        ]
    cases += [
        any_recurrent("GRU", "Softsign", "ScaledTanh", alpha=[1.5], beta=[0.7]),
        any_recurrent("LSTM", "HardSigmoid", "Relu", "Softsign", "Sigmoid", "LeakyRelu", "Tanh", dirs=2, alpha=[0.3, 0.1], beta=[0.4], lens=True),
        any_recurrent("GRU", "Sigmoid", "Affine", "HardSigmoid", "Softplus", dirs=2, alpha=[0.5, 0.3], beta=[0.1, 0.2], lens=True, linear_before_reset=1),
        any_recurrent("RNN", "Relu", "Elu", dirs=2, alpha=[0.5], layout=0, lens=True),
        any_recurrent("LSTM", "Sigmoid", "Relu", "Relu", input_forget=1),
        any_recurrent("LSTM", "Sigmoid", "Relu", "Relu", clip=0.5, peephole=True),
        any_recurrent("GRU", "Affine", "Relu", alpha=[0.5], beta=[0.5], clip=0.8),
        any_recurrent("RNN", "Softplus", clip=1.5, seq=12),
        any_recurrent("RNN", "Relu", direction="reverse", lens=True, hidden=20, size=17, small=0.2),
        any_recurrent("RNN", "Relu", seq=40, hidden=9, small=0.3),
        any_recurrent("GRU", "Relu", "Relu", seq=7, small=0.2, initial=0),
        any_recurrent("LSTM", "Softplus", "Softplus", "Softplus", seq=5, small=0.2),
    ]
    return cases


# -- operators of integers between reals -------------------------------------------------------------


def dynamic_lstm(kind=S8, zero=None, by_row=False, lens=False, initial=False, direction="forward", hidden=6, size=5, seq=4, batch=2, peephole=False, bias=True, outs=3, **attrs):
    c = Case()
    dirs = 2 if direction == "bidirectional" else 1
    scale = (np.abs(f32(dirs, 4 * hidden)) * F(0.003) + F(0.001)) if by_row else np.full(dirs, 0.004, F)
    zeros = np.full(scale.shape, (0 if kind is S8 else 128) if zero is None else zero, kind)
    state = (dirs, batch, hidden)
    ins = [c.input(f32(seq, batch, size)), integers(kind, dirs, size, 4 * hidden), integers(kind, dirs, hidden, 4 * hidden)]
    ins.append(f32(dirs, 8 * hidden) * F(0.2) if bias else "")
    ins.append(np.array([seq - 1 - k % 2 for k in range(batch)], I32) if lens else "")
    ins += [c.input(f32(*state) * F(0.5)), c.input(f32(*state) * F(0.5))] if initial else ["", ""]
    ins += [f32(dirs, 3 * hidden) * F(0.3) if peephole else "", scale, zeros, scale, zeros]
    made = c.op("DynamicQuantizeLSTM", *ins, domain=MS, hidden_size=hidden, direction=direction, outs=outs, **attrs)
    c.out(*([made] if outs == 1 else made))
    return c


# A step of a state's quantization is 1/255 of its range, and ONNX Runtime's sigmoids are not exact.
TOLERANCES["q_dynamic_lstm"] = 3e-3


@family
def dynamic_lstm_cases():
    return [
        dynamic_lstm(),
        dynamic_lstm(by_row=True),
        dynamic_lstm(U8),
        dynamic_lstm(U8, zero=110, by_row=True),
        dynamic_lstm(S8, zero=7),
        dynamic_lstm(bias=False, outs=1),
        dynamic_lstm(initial=True),
        dynamic_lstm(lens=True, seq=5, batch=3),
        dynamic_lstm(direction="reverse"),
        dynamic_lstm(direction="reverse", lens=True, initial=True),
        dynamic_lstm(direction="bidirectional", by_row=True),
        dynamic_lstm(U8, direction="bidirectional", lens=True, initial=True, peephole=True),
        dynamic_lstm(peephole=True),
        dynamic_lstm(clip=0.5),
        dynamic_lstm(input_forget=1),
        dynamic_lstm(hidden=20, size=17, seq=9, batch=1),
        dynamic_lstm(activations=["HardSigmoid", "Relu", "Tanh"], activation_alpha=[0.25], activation_beta=[0.4]),
        dynamic_lstm(activations=["Sigmoid", "Tanh", "Softsign"]),
        dynamic_lstm(direction="bidirectional", activations=["Sigmoid", "Tanh", "Tanh", "Sigmoid", "LeakyRelu", "ScaledTanh"], activation_alpha=[0.1, 0.5], activation_beta=[1.5]),
        dynamic_lstm(seq=1, batch=1, initial=True),
    ]


def qattention(kind=S8, xkind=U8, by_column=True, mask=None, bias=True, past=0, heads=2, batch=2, length=5, size=8, **attrs):
    c = Case()
    width = 3 * size
    scale = (np.abs(f32(width)) * F(0.01) + F(0.002)) if by_column else F(0.01)
    zero = np.full(scale.shape, 0 if kind is S8 else 118, kind) if by_column else kind(0 if kind is S8 else 118)
    ins = [c.input(integers(xkind, batch, length, size)), integers(kind, size, width), f32(width) * F(0.1), F(0.02), scale]
    ins += ["" if mask is None else c.input(mask), xkind(120 if xkind is U8 else 4), zero]
    if past:
        ins.append(c.input(f32(2, batch, heads, past, size // heads)))
    outs = c.op("QAttention", *ins, domain=MS, num_heads=heads, outs=2 if past else 1, **attrs)
    c.out(*(outs if past else [outs]))
    return c


@family
def attention():
    masked = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], I32)
    return [
        qattention(),
        qattention(U8, by_column=False),
        qattention(U8),
        qattention(S8, by_column=False, batch=1),
        qattention(unidirectional=1),
        qattention(mask=np.array([3, 5], I32)),
        qattention(mask=masked),
        qattention(mask=np.array([3, 5, 1, 0], I32)),
        qattention(mask=masked, unidirectional=1),
        qattention(past=3, unidirectional=1),
        qattention(past=2),
        qattention(heads=4, batch=1, length=7, size=16),
        qattention(heads=1),
        qattention(scale=0.25),
        qattention(mask=masked, mask_filter_value=-50.0),
    ]


@family
def parts():
    """Operators that become others where there are no floats."""
    cases = []

    def numbers(n):
        return [np.abs(f32(n)) + F(0.5), f32(n), f32(n), np.abs(f32(n)) + F(0.5)]

    def skip(name, kind, beta=True, bias=True, total=False):
        c = Case()
        x, s = c.x(kind, 2, 5, 12, scale=0.02), c.x(kind, 2, 5, 12, scale=0.03)
        ins = [x, s, f32(12)] + ([f32(12) if beta else ""] if "Simple" not in name and "Simplified" not in name else [])
        out = c.op(name, *ins, *([f32(12)] if bias else []), domain=MS, outs=4, epsilon=1e-5)
        del c.nodes[-1].output[1:]
        if total:
            c.nodes[-1].output.extend(["", "", out[3]])
        c.y(out[0], kind)
        return c.y(out[3], kind) if total else c

    for kind in (S8, U8, S16):
        for shape in ((2, 4, 5, 6), (3, 8), (2, 4, 7)):
            c = Case()
            cases.append(c.y(c.op("BatchNormalization", c.x(kind, *shape, scale=0.02), *numbers(shape[1])), kind))
        c = Case()
        scale = 1e-4 if kind is S16 else 0.02
        xs = [c.x(kind, 3, 5, scale=scale), c.x(kind, 5, scale=scale * 2), c.x(kind, 3, 1, scale=scale * 0.7)]
        # what lies between two sums of 16 bits has no more than these
        cases.append(c.y(c.op("Sum", *xs), S8 if kind is S16 else kind))
        c = Case()
        xs = [c.x(kind, 3, 5, scale=scale), c.x(kind, 3, 5, scale=scale * 2), c.x(kind, 3, 1, scale=scale * 0.7)]
        cases.append(c.y(c.op("Mean", *xs), S8 if kind is S16 else kind))
        c = Case()
        cases.append(c.y(c.op("LpNormalization", c.x(kind, 2, 5, 6), axis=1, p=2), kind))
        c = Case()
        cases.append(c.y(c.op("LRN", c.x(kind, 2, 7, 3, 4, scale=scale), size=5, alpha=0.3, beta=0.6, bias=1.5), S8 if kind is S16 else kind))
        for op in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual"):
            c = Case()
            x, other = c.x(kind, 4, 30, scale=scale), c.x(kind, 4, 30, scale=scale)
            number = F(scale * 11)  # an integer's real
            cases.append(c.y(c.op("Where", c.op(op, x, number) if op != "Less" else c.op(op, number, x), x, other), kind))
    for kind in (S8, U8):
        for shape in ((2, 4, 5, 6), (1, 4, 3, 3)):
            cases.append(chain(shape, kind, lambda c, v, x: c.op("BatchNormalization", v, *numbers(4)), bias=True))
            cases.append(chain(shape, kind, lambda c, v, x: c.op("BatchNormalization", v, *numbers(4)), function("Relu")))
        for name in ("SkipLayerNormalization", "SkipSimplifiedLayerNormalization"):
            cases += [skip(name, kind), skip(name, kind, bias=False), skip(name, kind, beta=False, total=True)]
        for name in ("BiasGelu", "FastGelu"):
            c = Case()
            cases.append(c.y(c.op(name, c.x(kind, 9, 48, scale=0.03), f32(48), domain=MS), kind))
        for name in ("FastGelu", "QuickGelu"):
            c = Case()
            cases.append(c.y(c.op(name, c.x(kind, 4, 12, scale=0.03), domain=MS), kind))
    for a, b in (((2, 3, 4, 9), (2, 3, 9, 5)), ((5, 12), (12, 8))):
        for kinds in ((S16, S16), (S16, S8), (U16, S16), (S16, U16)):
            c = Case()
            cases.append(c.y(c.op("MatMul", c.x(kinds[0], *a, scale=1e-4), c.x(kinds[1], *b, scale=2e-4)), S16))
    for kind in (S16, U16):
        cases.append(chain((2, 4, 5, 6), kind, lambda c, v, x: c.op("BatchNormalization", v, *numbers(4)), bias=True))
        cases.append(chain((2, 4, 5, 6), kind, lambda c, v, x: c.op("BatchNormalization", v, *numbers(4)), function("Relu")))
    return cases


@family
def expanded():
    """The same of several tensors: what becomes other operators, comparisons of two, constants in their place."""
    cases = []

    def of(kind, make, *shapes, scale=0.03, **kw):
        """make(c, tensors): what is quantized again."""
        c = Case(opset=23)
        xs = [c.x(kind, *shape, scale=scale * (1 + k / 3)) for k, shape in enumerate(shapes)]
        cases.append(c.y(make(c, *xs), kind, **kw))

    def mask(c, a, b):
        return c.op("Cast", c.op("Greater", a, b), to=TensorProto.FLOAT)

    def normalized(c, x):
        """LayerNormalization as exporters write it."""
        last = np.array([-1], I64)
        d = c.op("Sub", x, c.op("ReduceMean", x, last))
        v = c.op("ReduceMean", c.op("Pow", d, F(2)), last)
        return c.op("Add", c.op("Mul", c.op("Div", d, c.op("Sqrt", c.op("Add", v, F(1e-5)))), f32(12)), f32(12))

    for kind in (S8, U8):
        of(kind, lambda c, x: c.op("MeanVarianceNormalization", x), (3, 4, 5, 6))
        of(kind, lambda c, x: c.op("MeanVarianceNormalization", x, axes=[1, -1]), (2, 4, 3, 8))
        of(kind, lambda c, x: c.op("Hardmax", x), (4, 9))
        of(kind, lambda c, x: c.op("Hardmax", x, axis=1), (2, 5, 6))
        for op in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal"):
            of(kind, lambda c, a, b: c.op("Where", c.op(op, a, b), a, b), (4, 30), (4, 30))
        of(kind, lambda c, a, b: c.op("Where", c.op("Less", a, f32(30)), a, b), (4, 30), (4, 30))
        of(kind, lambda c, a, b: c.op("Mul", mask(c, a, b), a), (4, 30), (4, 30))
        of(kind, lambda c, a, b: c.op("Where", c.op("IsNaN", a), b, a), (4, 30), (4, 30))
        of(kind, lambda c, x, a, b: c.op("Clip", x, c.op("ReduceMin", c.op("Abs", a), keepdims=0), c.op("ReduceMax", b, keepdims=0)), (5, 12), (9,), (4,))
        of(kind, lambda c, a, b: c.op("Add", c.op("MatMul", a, b), f32(5, 7)), (3, 5, 9), (3, 9, 7))
        of(kind, lambda c, a, b, d: c.op("Add", c.op("MatMul", a, b), d), (3, 5, 9), (3, 9, 7), (7,))
        of(kind, lambda c, a, b: c.op("Gemm", a, b, f32(7), alpha=0.5, beta=1.5, transB=1), (5, 9), (7, 9))
        of(kind, lambda c, a, b, d: c.op("Gemm", a, b, d, transA=1), (9, 5), (9, 7), (5, 1))
        of(kind, lambda c, x: c.op("Gemm", x, c.w(f32(9, 7)), f32(7), alpha=0.5, beta=2.0), (5, 9))
        of(kind, lambda c, q, k, v: c.op("Attention", q, k, v), (2, 3, 5, 8), (2, 3, 6, 8), (2, 3, 6, 4))
        of(kind, lambda c, q, k, v: c.op("Attention", q, k, v, q_num_heads=4, kv_num_heads=2), (2, 5, 16), (2, 6, 8), (2, 6, 8))
        of(kind, lambda c, q, k, v: c.op("MultiHeadAttention", q, k, v, domain=MS, num_heads=2), (2, 5, 16), (2, 6, 16), (2, 6, 8))
        of(kind, lambda c, a, b: c.op("ScatterElements", c.op("MaxPool", a, kernel_shape=[1]), np.array([[[0, 2, 2]]], I64), c.op("Slice", c.op("MaxPool", a, kernel_shape=[1]), *(np.array([v], I64) for v in (0, 3, 2))), axis=2, reduction="max"), (1, 1, 9), (1, 1, 3))
        of(kind, lambda c, x: c.op("Compress", x, np.array([True, False, True]), axis=1), (2, 4, 5))
        of(kind, lambda c, x: c.op("Div", f32(4, 1), c.op("Clip", x, F(0.5), F(3))), (2, 4, 6))
        of(kind, lambda c, a, b: c.op("Div", c.op("Add", a, b), c.op("Clip", b, F(0.5), F(3))), (2, 4, 6), (2, 4, 6))
        of(kind, lambda c, x: c.op("Trilu", x, np.array(1, I64), upper=0), (2, 5, 7))
        of(kind, lambda c, a, b: c.op("Trilu", c.op("Add", a, b)), (2, 6, 5), (6, 5))
        of(kind, lambda c, x: c.op("CenterCropPad", x, np.array([3, 8], I64), axes=[1, 2]), (2, 6, 5))
        of(kind, lambda c, a, b: c.op("ScatterElements", a, rng.integers(0, 4, (3, 5)), b, axis=1, reduction="add"), (3, 6), (3, 5))
        of(kind, lambda c, b: c.op("ScatterElements", np.zeros((3, 6), F), rng.integers(0, 4, (3, 5)), b, axis=1, reduction="add"), (3, 5))
        of(kind, lambda c, a, b: c.op("ScatterND", a, np.array([[1], [0], [1]], I64), c.op("Sigmoid", b), reduction="add"), (3, 6), (3, 6))
        of(kind, lambda c, a, b: c.op("Mul", c.op("Cast", c.op("ArgMax", a, axis=1), to=TensorProto.FLOAT), c.op("Sub", F(2), mask(c, a, b))), (4, 30), (4, 30))
        of(kind, normalized, (4, 12))
        cases.append(chain((2, 4, 5, 12), kind, lambda c, v, x: normalized(c, v), pads=[1, 1, 1, 1]))
    return cases


@family
def defined():
    """What has no integer form of its own: its definition in fixed point, on machines without floats."""
    cases = []

    def of(kind, make, *shapes, scale=0.03, **kw):
        """make(c, tensors): what is quantized again."""
        c = Case(opset=23)
        wide = 1 / 200 if kind in (S16, U16) else 1
        xs = [c.x(kind, *shape, scale=wide * scale * (1 + k / 3)) for k, shape in enumerate(shapes)]
        cases.append(c.y(make(c, *xs), kind, **kw))

    def axes(*a):
        return np.array(a, I64)

    def grn(c, x):
        """Global response normalization."""
        g = c.op("ReduceL2", x, axes(2, 3))
        n = c.op("Div", g, c.op("Add", c.op("ReduceMean", g, axes(1)), F(1e-6)))
        return c.op("Add", c.op("Mul", c.op("Mul", x, n), f32(4, 1, 1)), x)

    def rms(c, x):
        r = c.op("Sqrt", c.op("Add", c.op("ReduceMean", c.op("Mul", x, x), axes(-1)), F(1e-6)))
        return c.op("Mul", x, c.op("Reciprocal", r))

    def beside(c, a, b):
        """What is quantized nowhere: of a, and of a and b."""
        e = c.op("Concat", c.op("Exp", a), c.op("Mul", b, b), axis=1)
        return c.op("Div", c.op("Exp", a), c.op("ReduceL2", e, axes(1)))

    def grid(c, x, g, **kw):
        return c.op("GridSample", x, c.op("Tanh", g), **kw)

    im, seq = (2, 4, 6, 5), (2, 5, 8)
    for kind in (S8, U8, S16, U16):
        of(kind, lambda c, x: c.op("ReduceL2", x, axes(1, -1)), im)
        if kind in (S8, U8):
            of(kind, lambda c, x: c.op("ReduceLogSumExp", x, axes(1, -1)), im)
            of(kind, grn, im)
            of(kind, beside, im, im)
            of(kind, lambda c, a, s: c.op("LayerNormalization", c.op("Add", a, c.op("Mul", s, F(40))), f32(8), f32(8)), seq, seq)
        of(kind, lambda c, x: c.op("ReduceProd", x, axes(1)), im)
        of(kind, lambda c, x: c.op("ReduceLogSum", c.op("Abs", x), axes(2)), im)
        of(kind, lambda c, x: c.op("LpPool", x, kernel_shape=[3, 2], p=1, pads=[1, 0, 1, 1]), im)
        of(kind, lambda c, x: c.op("LpPool", x, kernel_shape=[2, 2], strides=[2, 2]), im)
        of(kind, lambda c, x: c.op("LpPool", x, kernel_shape=[2, 3], p=3), im)
        of(kind, lambda c, x: c.op("LpNormalization", x, p=1, axis=1), im)
        of(kind, lambda c, x: c.op("Div", x, c.op("Max", c.op("ReduceL2", x, axes(1)), F(1e-12))), im)
        of(kind, rms, (3, 7, 12))
        of(kind, lambda c, a, b: c.op("Pow", c.op("Add", c.op("Abs", a), F(0.1)), b), im, im)
        of(kind, lambda c, a, b: c.op("Mul", c.op("Sin", c.op("Mul", a, b)), c.op("Cos", b)), im, im)
        of(kind, lambda c, a, b: c.op("Celu", c.op("Mul", a, b), alpha=0.7), im, im)
        of(kind, lambda c, x, g: grid(c, x, g), im, (2, 3, 4, 2))
        of(kind, lambda c, x, g: grid(c, x, g, mode="cubic", padding_mode="reflection"), im, (2, 3, 4, 2))
        of(kind, lambda c, x, g: grid(c, x, g, align_corners=1, padding_mode="border"), im, (2, 3, 4, 2))
        of(kind, lambda c, x, o: c.op("DeformConv", x, f32(5, 4, 3, 3), o, f32(5), kernel_shape=[3, 3]), im, (2, 18, 4, 3))
        of(kind, lambda c, a, b: c.op("Einsum", a, b, equation="bij,bkj->bik"), seq, seq)
        of(kind, lambda c, a, b: c.op("Einsum", a, b, equation="bij,bij->i"), seq, seq)
        of(kind, lambda c, a, b, d: c.op("Einsum", a, b, d, equation="bij,bij,bij->bj"), seq, seq, seq)
        of(kind, lambda c, x: c.op("Col2Im", c.op("Reshape", x, axes(2, 8, 15)), axes(6, 4), axes(2, 2)), (2, 4, 6, 5))
        of(kind, lambda c, q, k, v: c.op("Attention", q, k, v, is_causal=1), (2, 3, 5, 8), (2, 3, 6, 8), (2, 3, 6, 4))
        of(kind, lambda c, q, k, v: c.op("Attention", q, k, v, np.tri(5, 6, 1).astype(bool)), (2, 3, 5, 8), (2, 3, 6, 8), (2, 3, 6, 4))
        of(kind, lambda c, x: c.op("Attention", x, f32(8, 24), f32(24), domain=MS, num_heads=2), seq)
        of(kind, lambda c, x: c.op("Attention", x, f32(8, 24), f32(24), domain=MS, num_heads=2, unidirectional=1), seq)
        of(kind, lambda c, x: c.op("RotaryEmbedding", x, f32(2, 5, 4), f32(2, 5, 4)), (2, 3, 5, 8))
        of(kind, lambda c, x: c.op("RotaryEmbedding", x, np.array([0], I64), f32(9, 4), f32(9, 4), domain=MS), (2, 3, 5, 8))
        of(kind, lambda c, x: c.op("Conv", x, f32(3, 4, 3, 3), f32(3), pads=[1, 1, 0, 1]), im)
        of(kind, lambda c, x, w: c.op("Conv", x, c.op("Reshape", w, axes(3, 4, 2, 2))), im, (6, 8))
        of(kind, lambda c, x: c.op("MatMul", f32(5, 6), x), im)
        of(kind, lambda c, a, b: c.op("TopK", c.op("Mul", a, b), axes(3), outs=2)[0], im, im)
        of(kind, lambda c, a, b: c.op("Cast", c.op("TopK", c.op("Mul", a, b), axes(3), outs=2)[1], to=TensorProto.FLOAT), im, im)
        of(kind, lambda c, a, b: c.op("Where", c.op("Greater", c.op("Exp", a), c.op("Mul", b, b)), a, b), im, im)
        of(kind, lambda c, a: c.op("Softmax", c.op("Mul", a, c.op("Exp", a))), seq)
    return cases


def qembed(segments=True, mask=True, kind=U8, batch=2, length=5, size=8, **attrs):
    c = Case()
    zero = kind(120 if kind is U8 else 5)
    ids = c.input(rng.integers(0, 20, (batch, length)).astype(I32))
    seg = c.input(rng.integers(0, 2, (batch, length)).astype(I32)) if segments else ""
    m = c.input((np.arange(length) < rng.integers(1, length + 1, (batch, 1))).astype(I32)) if mask else ""
    tables = [integers(kind, 20, size), integers(kind, length + 2, size), integers(kind, 2, size) if segments else "", integers(kind, size), integers(kind, size)]
    scales = [F(0.02), F(0.03), F(0.01) if segments else "", F(0.01), F(0.02)]
    zeros = [zero, zero, zero if segments else "", kind(10), zero]
    c.out(*c.op("QEmbedLayerNormalization", ids, seg, *tables, m, *scales, *zeros, domain=MS, outs=2, **attrs))
    return c


@family
def embedding():
    cases = [qembed(), qembed(segments=False), qembed(mask=False), qembed(segments=False, mask=False), qembed(epsilon=1e-3)]
    cases += [qembed(kind=S8), qembed(kind=S8, batch=1, length=1), qembed(size=32), qembed(batch=4), qembed(length=1), qembed(segments=False, size=16), qembed(kind=S8, segments=False, mask=False), qembed(batch=3, length=2, size=4), qembed(batch=1, length=9, size=12), qembed(kind=S8, mask=False)]
    return cases


if __name__ == "__main__":
    args = [a for a in sys.argv[1:] if a != "--apart"]
    for name, make in FAMILIES.items():
        name = name.removesuffix("_cases")
        if len(args) > 1 and name not in args[1:]:
            continue
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        made = make()
        if "--apart" in sys.argv:
            for k, case in enumerate(made):
                case.apart(f"{args[0]}/{name}_{k:02}")
        else:
            Family(name, made, OPSETS.get(name, 21), TOLERANCES.get(name, 1e-4)).write(args[0])
