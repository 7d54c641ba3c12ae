#!/usr/bin/env python3
"""Makes tests/variations/NAME_VERSION: operators that the other *_cases.py leave out: random numbers by what must hold
for them, dropout, caches, cumulative products, bits taken for another type, Upsample, and the newest of ai.onnx.

Needs onnx, onnxruntime, ml_dtypes, numpy. Run: python3 tests/data/rest_cases.py tests/variations [FAMILY...]
"""
import os
import sys

import ml_dtypes
import numpy as np
from cases import F16, F32, F64, SIGNED, UNSIGNED, Case, family, main
from onnx import TensorProto, helper

I32, I64 = np.int32, np.int64
MANY = 20000  # draws, of which a mean is right within four of its deviations


def holds(f, nodes, claims, inputs=None):
    """nodes make the values `claims` names; each must be at least 0 in all its elements."""
    for claim in claims:
        wanted = [helper.make_node("Cast", [claim], [claim + "_f"], to=TensorProto.FLOAT), helper.make_node("ReduceMin", [claim + "_f"], [claim + "_m"], keepdims=0),
                  helper.make_node("Sign", [claim + "_m"], [claim + "_s"]), helper.make_node("Abs", [claim + "_s"], [claim + "_a"]),
                  helper.make_node("Equal", [claim + "_s", claim + "_a"], [claim + "_ok"]), helper.make_node("Cast", [claim + "_ok"], ["ok"], to=TensorProto.INT32)]
        f.add(Case(nodes + wanted, inputs or {}, ["ok"], version=f.number), [np.array(1, I32)])


def number(name, v):
    return helper.make_node("Constant", [], [name], value_float=float(v))


def within(x, name, lo, hi):
    """Nodes for: x is in [lo, hi], as claims name_l and name_h."""
    return [helper.make_node("Cast", [x], [name + "_x"], to=TensorProto.FLOAT), number(name + "_lo", lo), number(name + "_hi", hi),
            helper.make_node("Sub", [name + "_x", name + "_lo"], [name + "_l"]), helper.make_node("Sub", [name + "_hi", name + "_x"], [name + "_h"])]


def mean_of(x, name, want, deviation):
    d = 4 * deviation / MANY ** 0.5
    return [helper.make_node("Cast", [x], [name + "_c"], to=TensorProto.FLOAT), helper.make_node("ReduceMean", [name + "_c"], [name], keepdims=0)] + within(name, name + "_in", want - d, want + d)


@family(15, 22)
def random(f, v):
    f.number = v
    for k, (lo, hi, kind) in enumerate(((0, 1, 1), (-3, 5, 1), (100, 101, 11), (0, 1, 10), (-1, -0.5, 1))):
        draw = [helper.make_node("RandomUniform", [], ["r"], low=float(lo), high=float(hi), shape=[MANY // 100, 100], dtype=kind, seed=float(k + 1))]
        slack = (hi - lo) * 2e-3 if kind == 10 else 0
        holds(f, draw + within("r", "a", lo, hi) + mean_of("r", "m", (lo + hi) / 2, (hi - lo) / 12 ** 0.5 + slack * 20), ("a_l", "a_h", "m_in_l", "m_in_h"))
    for k, (mean, scale, kind) in enumerate(((0, 1, 1), (-3, 0.5, 1), (100, 20, 11), (0, 1, 10))):
        draw = [helper.make_node("RandomNormal", [], ["r"], mean=float(mean), scale=float(scale), shape=[MANY], dtype=kind, seed=float(k + 1))]
        # The mean, and the mean square, whose deviation is sqrt(2) times the variance.
        square = [helper.make_node("Cast", ["r"], ["w"], to=1), number("mu", mean), helper.make_node("Sub", ["w", "mu"], ["d"]), helper.make_node("Mul", ["d", "d"], ["q"])]
        holds(f, draw + mean_of("r", "m", mean, scale) + square + mean_of("q", "v", scale * scale, 2 ** 0.5 * scale * scale), ("m_in_l", "m_in_h", "v_in_l", "v_in_h"))
    x = {"x": f.normal(4, 50)}
    for op in ("RandomUniformLike", "RandomNormalLike"):
        pair = [helper.make_node(op, ["x"], ["r"], seed=7.0), helper.make_node(op, ["x"], ["s"], seed=7.0), helper.make_node(op, ["x"], ["t"], seed=8.0)]
        same = [helper.make_node("Sub", ["r", "s"], ["a"]), helper.make_node("Sub", ["s", "r"], ["b"])]
        holds(f, pair + same, ("a", "b"), x)  # one seed gives the same numbers ...
        other = [helper.make_node("Sub", ["r", "t"], ["d"]), helper.make_node("Abs", ["d"], ["e"]), helper.make_node("ReduceMax", ["e"], ["g"], keepdims=0), number("least", 0.1), helper.make_node("Sub", ["g", "least"], ["h"])]
        holds(f, pair + other, ("h",), x)  # ... another one others
    for p, kind in ((0.0, 6), (1.0, 9), (0.3, 7), (0.8, 1)):
        draw = [helper.make_node("ConstantOfShape", ["n"], ["p"], value=helper.make_tensor("v", 1, [1], [p])), helper.make_node("Bernoulli", ["p"], ["r"], dtype=kind, seed=3.0)]
        holds(f, draw + within("r", "a", 0, 1) + mean_of("r", "m", p, (p * (1 - p)) ** 0.5), ("a_l", "a_h", "m_in_l", "m_in_h"), {"n": np.array([MANY], I64)})
    logits = np.log(np.array([[0.5, 0.25, 0.25], [1e-9, 1, 1e-9]], F32))
    for kind in (6, 7):
        draw = [helper.make_node("Multinomial", ["x"], ["r"], sample_size=MANY, dtype=kind, seed=5.0), helper.make_node("Split", ["r"], ["first", "second"], axis=0, **({"num_outputs": 2} if v >= 18 else {}))]
        holds(f, draw + within("first", "a", 0, 2) + mean_of("first", "m", 0.75, 0.83) + within("second", "b", 1, 1), ("a_l", "a_h", "m_in_l", "m_in_h", "b_l", "b_h"), {"x": logits})


@family(7, 12, 22)
def dropout(f, v):
    for shape in ((), (3,), (2, 0, 3), (2, 1, 3, 1, 2, 2)):
        for kind in (F32, F64):
            if v < 12:
                f.case("Dropout", [f.normal(*shape, kind=kind)], ratio=0.7)
                f.case("Dropout", [f.normal(*shape, kind=kind)])
            else:
                f.case("Dropout", [f.normal(*shape, kind=kind), np.array(0.7, F32)], outputs=2, consts=(1,))
                f.case("Dropout", [f.normal(*shape, kind=kind)], outputs=2)
                f.case("Dropout", [f.normal(*shape, kind=kind), np.array(0.4, F32), np.array(False)])
                f.case("Dropout", [f.normal(*shape, kind=kind), None, np.array(False)], outputs=2, consts=(2,))
                f.case("Dropout", [f.normal(*shape, kind=kind), np.array(0, F32), np.array(True)], outputs=2, consts=(1, 2))


@family(24)
def cache(f, v):
    """The numbers are ONNX's evaluator's."""
    for kind in (F32, F16, np.int8, np.int64):
        for past, new, axis in (((2, 3, 6, 2), (2, 3, 2, 2), None), ((2, 6, 3), (2, 2, 3), 1), ((2, 3, 5), (2, 3, 5), -1), ((1, 1, 4, 1), (1, 1, 1, 1), 2), ((3, 2, 4, 2), (3, 2, 3, 2), -2)):
            x, y = f.between(-9, 9, *past, kind=kind), f.between(-9, 9, *new, kind=kind)
            length = past[-2 if axis is None else axis]
            room = length - new[-2 if axis is None else axis]
            f.case("TensorScatter", [x, y, f.between(0, room, past[0], kind=I64)], axis=axis)
            f.case("TensorScatter", [x, y, f.between(0, length - 1, past[0], kind=I64)], axis=axis, mode="circular")
        f.case("TensorScatter", [f.between(-9, 9, 2, 3, 4, kind=kind), f.between(-9, 9, 2, 2, 4, kind=kind)], axis=1)


@family(26)
def cumulative(f, v):
    """The numbers are ONNX's evaluator's."""
    for kind in (F32, F64, F16, I32, I64):
        for exclusive in (0, 1):
            for reverse in (0, 1):
                f.case("CumProd", [f.between(1, 3, 2, 5, kind=kind), np.array(-1, I64)], exclusive=exclusive, reverse=reverse, consts=(1,))
    for shape, axis in (((4,), 0), ((2, 3, 2, 1, 2, 2), -5), ((2, 0, 3), 2), ((2, 1, 3), 1), ((1,), -1)):
        f.case("CumProd", [f.normal(*shape), np.array(axis, I32)], consts=(1,))
    f.case("CumProd", [np.array([[1, np.inf, 0, 2], [np.nan, 1, 2, 3]], F32), np.array(1, I32)], consts=(1,))
    f.case("CumProd", [np.array([2, 1 << 20, 1 << 20, 3], I32), np.array(0, I32)], consts=(1,))
    same = ((np.int8, np.uint8), (np.int16, np.uint16, F16), (I32, np.uint32, F32), (I64, np.uint64, F64))
    for kinds in same:
        for a in kinds:
            for b in kinds:
                x = f.whole(a, 2, 3) if np.dtype(a).kind in "iu" else f.normal(2, 3, kind=a)
                f.case("BitCast", [x], to=helper.np_dtype_to_tensor_dtype(np.dtype(b)), reference="onnx")


@family(7, 9)
def upsample(f, v):
    def case(x, scales, **attrs):
        if v < 9:
            f.case("Upsample", [x], scales=[float(s) for s in scales], **attrs)
        else:
            f.case("Upsample", [x, np.array(scales, F32)], consts=(1,), **attrs)

    for mode in ("nearest", "linear"):
        for shape, scales in (((1, 2, 3, 4), (1, 1, 2, 2)), ((1, 1, 3, 4), (1, 1, 1.5, 3)), ((2, 1, 1, 5), (1, 1, 2, 1)), ((1, 1, 4, 3), (1, 1, 1, 1)), ((1, 1, 7, 2), (1, 1, 1.3, 2.5))):
            case(f.normal(*shape), scales, mode=mode)
    for shape, scales in (((6,), (1.5,)), ((2, 3, 2), (2, 1, 3)), ((3, 2), (2, 2)), ((2, 2, 1, 2, 2), (1, 2, 3, 1, 2))):
        case(f.normal(*shape), scales, mode="nearest")
    case(f.between(-9, 9, 1, 1, 3, 3, kind=I32), (1, 1, 2, 3), mode="nearest")
    case(f.between(0, 255, 1, 1, 3, 3, kind=np.uint8), (1, 1, 2, 2), mode="nearest")


@family(28)
def newest(f, v):
    """The numbers are ONNX's evaluator's."""
    for shape in ((6,), (2, 4), (2, 3, 2), (1, 1, 1, 1, 1, 8)):
        f.case("SwiGLU", [f.normal(*shape, scale=3), f.normal(*shape)])
        f.case("SwiGLU", [f.normal(*shape, kind=F64), f.normal(*shape, kind=F64)], alpha=1.702)
        f.case("SwiGLU", [f.normal(*shape, kind=F16), f.normal(*shape, kind=F16)], alpha=-0.5)
    for b, c, n, k in ((1, 2, 5, 3), (2, 3, 4, 2), (1, 1, 1, 4), (2, 4, 3, 1)):
        x, w = f.normal(b, c, n), f.normal(c, 1, k)
        f.case("CausalConvWithState", [x, w], outputs=2)
        f.case("CausalConvWithState", [x, w, f.normal(c)], outputs=2)
        f.case("CausalConvWithState", [x, w, f.normal(c), f.normal(b, c, k - 1)], outputs=2)
        f.case("CausalConvWithState", [x, w, None, f.normal(b, c, k - 1)], outputs=2, activation="silu")


GIVEN = """<ir_version: 10, opset_import: ["" : 21]>
given_sizes (float[2,3,4] x, int64[1] all, int64[2] keep, int64[3] split, float[3,1] column, int64[3] wide, int64[2] times) =>
   (float[24] a, float[2,12] b, float[4,3,2] c, float[2,3,4] d, float[6,3] e)
{
   a = Reshape (x, all)
   b = Reshape (x, keep)
   c = Reshape (x, split)
   d = Expand (column, wide)
   e = Tile (column, times)
}
"""


def write_given(top, name, text, ins, outs):
    where = os.path.join(top, name)
    os.makedirs(where, exist_ok=True)
    for kind, arrays in (("input", ins), ("output", outs)):
        for k, a in enumerate(arrays):
            np.save(os.path.join(where, f"{kind}_{k}.npy"), np.ascontiguousarray(a))
    with open(os.path.join(where, "model.onnxtxt"), "w", encoding="utf-8") as f:
        f.write(text)


def given_sizes(top):
    """Shapes that are inputs of the model, with 0, -1 and 1 as constants may have; by NumPy."""
    x, column = np.arange(24, dtype=F32).reshape(2, 3, 4), np.arange(3, dtype=F32).reshape(3, 1)
    ins = [x] + [np.array(n, I64) for n in ([-1], [0, -1], [-1, 0, 2])] + [column] + [np.array(n, I64) for n in ([2, 1, 4], [2, 3])]
    outs = [x.reshape(-1), x.reshape(2, -1), x.reshape(4, 3, 2), np.broadcast_to(column, (2, 3, 4)), np.tile(column, (2, 3))]
    write_given(top, "given_sizes", GIVEN, ins, outs)


FIRST = """<ir_version: 3, opset_import: ["" : 1]>
first (float[2,3,4] x, float[3] b, float[4] s) => (float[2,3,4] y, float[6,4] z, float[2,3,4] n, float[2,3,4] e)
   <float[3] scale = {1, 2, -1}, float[3] bias = {0.5, 0, 1}, float[3] mean = {0, 1, -1}, float[3] var = {1, 4, 0.25}, float[1] s1 = {3}>
{
   a = Add <axis = 1, broadcast = 1, consumed_inputs = [1, 0]> (x, b)
   m = Mul <broadcast = 1, consumed_inputs = [1, 0]> (a, s)
   c = Clip <max = 1.0, min = -0.5, consumed_inputs = [1]> (m)
   r = Relu <consumed_inputs = [1]> (a)
   y = Sum <consumed_inputs = [0, 0]> (c, r)
   z = Reshape <shape = [6, 4], consumed_inputs = [1]> (c)
   n = BatchNormalization <consumed_inputs = [0, 0, 0, 1, 1], epsilon = 0.0, is_test = 1> (x, scale, bias, mean, var)
   e0 = Selu <consumed_inputs = [1]> (a)
   e1 = PRelu <consumed_inputs = [1, 0]> (e0, s1)
   e2 = Abs <consumed_inputs = [1]> (e1)
   e3 = Sqrt <consumed_inputs = [1]> (e2)
   e4 = Dropout <is_test = 1, consumed_inputs = [1]> (e3)
   e = Neg <consumed_inputs = [1]> (e4)
}
"""


def first(top):
    """Operators of version 1: consumed_inputs, which say nothing about results; by NumPy."""
    x = np.linspace(-2, 2, 24, dtype=F32).reshape(2, 3, 4)
    b, s = np.array([0.5, -1, 0.25], F32), np.array([1, -2, 0.5, 0], F32)
    scale, bias, mean, var = (np.array(a, F32)[:, None] for a in ([1, 2, -1], [0.5, 0, 1], [0, 1, -1], [1, 4, 0.25]))
    a = x + b[:, None]
    c = np.clip(a * s, F32(-0.5), F32(1))
    e = 1.0507 * np.where(a > 0, a, 3 * 1.6732 * np.expm1(a))
    write_given(top, "first", FIRST, [x, b, s], [c + np.maximum(a, 0), c.reshape(6, 4), (x - mean) / np.sqrt(var) * scale + bias, -np.sqrt(np.abs(e)).astype(F32)])


GIVEN_MODELS = {f.__name__: f for f in (given_sizes, first)}

if __name__ == "__main__":
    families = [a for a in sys.argv[2:] if a not in GIVEN_MODELS]
    if families or len(sys.argv) == 2:
        main(sys.argv[:2] + families)
    for given, make in GIVEN_MODELS.items():
        if len(sys.argv) == 2 or given in sys.argv[2:]:
            make(sys.argv[1])
