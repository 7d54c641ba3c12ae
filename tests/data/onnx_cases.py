#!/usr/bin/env python3
"""Makes tests/variations/NAME_VERSION: operators of ai.onnx that work element by element, reduce, move or make elements.

Needs onnx, onnxruntime, ml_dtypes, numpy. Run: python3 tests/data/onnx_cases.py tests/variations [FAMILY...]
Where ONNX Runtime and the specification differ, the case says reference="onnx" or is not here.
"""
import sys

import ml_dtypes
import numpy as np
from cases import BF16, F16, F32, F64, SIGNED, UNSIGNED, family, limits, main
from onnx import TensorProto, numpy_helper

I64 = np.int64
WIDE = (F32, F64, np.int32, np.int64)


def i64(*v):
    return np.array(v, I64)


# -- element by element -------------------------------------------------------------------------------------------

FUNCTIONS = [(op, 7) for op in "Floor Ceil Sqrt Exp Log Reciprocal Sin Cos Tan Asin Acos Atan Tanh Sigmoid Softsign".split()]
FUNCTIONS += [(op, 9) for op in "Sinh Cosh Asinh Acosh Atanh Erf".split()] + [("Round", 11), ("Mish", 18)]


@family(9, 28)
def unary(f, v):
    for op, since in FUNCTIONS:
        if v >= since:
            f.case(op, [limits(F32)])
    for kind in (F16, F64):
        for op in "Floor Ceil Sqrt Exp Log Reciprocal Tanh Sigmoid".split():
            f.case(op, [limits(kind)])
    for kind in SIGNED + (F16, F64):
        f.case("Neg", [limits(kind)[1:]])
        f.case("Abs", [limits(kind)[1:].reshape(1, 1, 1, 1, 1, -1)])
        f.case("Sign", [limits(kind)[-5:]])
    for kind in UNSIGNED:
        f.case("Abs", [limits(kind)])
        f.case("Sign", [limits(kind)])
    for shape in ((), (1, 1, 1, 1, 1, 1), (2, 0, 3), (2, 1, 3, 1, 2, 2)):
        f.case("Tanh", [f.normal(*shape)])
    f.case("Not", [f.bits(2, 3)])
    f.case("IsNaN", [limits(F64)])
    if v >= 10:
        f.case("IsInf", [limits(F32)])
        f.case("IsInf", [limits(F64)], detect_negative=0)
        f.case("IsInf", [limits(F32)], detect_positive=0)
        f.case("IsInf", [limits(F32)], detect_positive=0, detect_negative=0)
    if v >= 18:
        for kind in (np.int8, np.uint16, np.int64):
            f.case("BitwiseNot", [limits(kind)])
    if v >= 11:
        for kind in (F16, F32, F64):
            f.case("Round", [np.array([-3.5, -2.5, -0.4, 0.5, 1.5, 2.5, 1e6 + 0.5 if kind != F16 else 9.5, np.inf, np.nan]).astype(kind)])
            f.case("Round", [f.normal(2, 3, 4, scale=9, kind=kind)])
    for kind in SIGNED + UNSIGNED:
        f.case("Erf", [np.arange(0 if kind in UNSIGNED else -7, 8).astype(kind)])


@family(8, 24)
def activation(f, v):
    x = limits(F32)
    y = f.normal(2, 3, 4, scale=2)
    for a in (None, 0.0, 0.25, -0.5, 2.0):
        f.case("LeakyRelu", [x], alpha=a)
        f.case("Elu", [y], alpha=a)
        if v >= 10:
            f.case("ThresholdedRelu", [y], alpha=a)
    f.case("Relu", [limits(F64)])
    f.case("Selu", [y], alpha=0.5, gamma=-2.0)
    f.case("HardSigmoid", [x])
    f.case("HardSigmoid", [y], alpha=-0.5, beta=0.1)
    f.case("Softplus", [y * 30])
    f.case("PRelu", [y, f.normal(4)])
    f.case("PRelu", [y, f.normal(3, 1)], consts=(1,))
    f.case("PRelu", [y, f.normal(1)])
    f.case("PRelu", [f.normal(2, 3, 4, kind=F64), f.normal(2, 1, 4, kind=F64)])
    if v >= 9:
        f.case("Shrink", [y], lambd=1.5, bias=-0.5)
        f.case("PRelu", [limits(np.int32), np.array([-3], np.int32)])
    if v >= 12:
        f.case("Celu", [y], alpha=0.5)
        f.case("Celu", [y])
    if v >= 14:
        f.case("HardSwish", [x])
        f.case("Relu", [limits(np.int8)])
        f.case("Relu", [limits(np.int32)])
    if v >= 20:
        f.case("Gelu", [y])
        f.case("Gelu", [y], approximate="tanh")
    if v >= 24:
        f.case("Swish", [y])
        f.case("Swish", [y], alpha=-0.5, reference="onnx")


BOTH_WAYS = (((2, 3), (2, 3)), ((3, 1), (1, 4)), ((), (2, 2)), ((2, 1, 3), ()), ((1,), (1, 1, 1, 1, 1, 2)), ((2, 1, 2, 1, 3, 1), (2, 1, 3, 1, 2)), ((0, 3), (1, 3)), ((2, 1), (2, 0)))


@family(7, 22)
def binary(f, v):
    for op in ("Add", "Sub", "Mul", "Div"):
        for a, b in BOTH_WAYS:
            f.case(op, [f.normal(*a), f.normal(*b)])
        for kind in (F64, np.int32, np.int64, np.uint32, np.uint64) + ((np.int8, np.uint8, np.int16, np.uint16) if v >= 14 and op != "Div" else ()):
            top = limits(kind)
            other = np.array([3], kind) if op == "Div" else top[::-1]
            f.case(op, [top, other])
    for kind in (np.int32, np.int64):
        f.case("Div", [np.array([7, -7, 7, -7], kind), np.array([2, 2, -2, -2], kind)])
    f.case("Div", [limits(F32), np.array([[0.0], [-0.0], [np.inf]], F32)])
    f.case("Pow", [f.between(0, 3, 4, 1), np.array([0, -1, 0.5, 2], F32)])
    f.case("Pow", [np.array([-2, -1, -0.0, 0], F32), np.array([[3], [2], [-1], [0]], F32)])
    if v >= 12:
        f.case("Pow", [np.array([2, -3, 7], np.int32), np.array([3, 5, 0], I64)])
        f.case("Pow", [f.normal(3, kind=F64), np.array([2, 3, 1], np.int32)])
        f.case("Pow", [np.array([2, 3], I64), np.array([1.5, 2], F32)])
    f.case("Equal", [limits(np.int64), limits(np.int64)[::-1]])
    for op in ("Less", "Greater"):
        f.case(op, [limits(F32), limits(F32)[::-1]])
        f.case(op, [f.normal(2, 1), f.normal(3)])
    if v >= 9:
        f.case("Less", [limits(np.int64), limits(np.int64)[::-1]])
    if v >= 11:
        f.case("Equal", [limits(F32), limits(F32)])
    for op in ("And", "Or", "Xor"):
        f.case(op, [f.bits(2, 1, 3), f.bits(4, 1)])
        f.case(op, [f.bits(), f.bits(3)])
    f.case("Equal", [f.bits(2, 3), f.bits(3)])


@family(18)
def integer(f, v):
    for kind in UNSIGNED:
        n = np.iinfo(kind).bits
        for direction in ("LEFT", "RIGHT"):
            f.case("BitShift", [f.whole(kind, 4), np.array([0, 1, n // 2, n - 1], kind)], direction=direction)
    for kind in (np.int8, np.uint8, np.int32, np.uint64):
        for op in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
            f.case(op, [f.whole(kind, 2, 3), f.whole(kind, 3)])
    for kind in SIGNED:
        f.case("Mod", [np.array([7, -7, 7, -7, 0], kind), np.array([3, 3, -3, -3, 5], kind)])
        f.case("Mod", [np.array([7, -7, 7, -7, 0], kind), np.array([3, 3, -3, -3, 5], kind)], fmod=1)
    for kind in UNSIGNED:
        f.case("Mod", [limits(kind), np.array([7], kind)])
    for kind in (F32, F64):
        f.case("Mod", [np.array([7.5, -7.5, 7.5, -7.5, np.inf], kind), np.array([2, 2, -2, -2, 1], kind)], fmod=1)
    for op in ("LessOrEqual", "GreaterOrEqual"):
        for kind in (F32, np.int64, np.uint64, np.int8):
            f.case(op, [limits(kind), limits(kind)[::-1]])


@family(8, 13)
def several(f, v):
    for op in ("Max", "Min", "Sum", "Mean"):
        f.case(op, [f.normal(2, 3)])
        f.case(op, [f.normal(2, 1, 3), f.normal(4, 1), f.normal()])
        f.case(op, [f.normal(1), f.normal(2, 0, 3)])
        f.case(op, [f.normal(3, 1), f.normal(3, 2), f.normal(2), f.normal(1, 1, 1)])
    for op in ("Max", "Min"):
        f.case(op, [limits(F32), f.normal(13)])
        f.case(op, [limits(F64)[:, None], limits(F64)])
        if v >= 12:
            for kind in (np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64):
                f.case(op, [limits(kind)[:, None], limits(kind)[::3]])
    if v >= 9:
        for kind in (F32, F64, np.int64, np.uint8):
            f.case("Where", [f.bits(2, 1, 3), f.between(0, 9, 3, kind=kind), f.between(0, 9, 4, 1, kind=kind)])
        f.case("Where", [f.bits(), f.normal(2), f.normal(2)])
    x = f.normal(3, 4, scale=3)
    lo, hi = np.array(-1, F32), np.array(2, F32)
    if v >= 11:
        f.case("Clip", [x, lo, hi])
        f.case("Clip", [x, None, hi], consts=(2,))
        f.case("Clip", [x, lo])
        f.case("Clip", [x])
        f.case("Clip", [x, hi, lo])
        for kind in (np.int8, np.uint8, np.int64, np.uint64):
            f.case("Clip", [limits(kind), np.array(1, kind), np.array(100, kind)], consts=(1, 2))
    else:
        f.case("Clip", [x], min=-1.0, max=2.0)
        f.case("Clip", [x], max=0.5)


# -- reductions ---------------------------------------------------------------------------------------------------

REDUCTIONS = "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare".split()


@family(10, 18)
def reduction(f, v):
    def reduce(op, x, axes, **attrs):
        if axes is not None and v >= (13 if op == "ReduceSum" else 18):
            f.case(op, [x, np.array(axes, I64)], consts=(1,), **attrs)
        else:
            f.case(op, [x], axes=axes, **attrs)

    for op in REDUCTIONS:
        x = f.between(0.1, 2, 2, 3, 4)
        reduce(op, x, None)
        reduce(op, x, [1], keepdims=0)
        reduce(op, x, [2, 0] if v < 11 else [-1, 0])
        reduce(op, f.between(0.5, 1, 2, 1, 2, 1, 3, 2), [0, 2, 5], keepdims=0)
        reduce(op, f.between(0.1, 2), None)
        if op == "ReduceLogSumExp":  # ONNX Runtime's exponentials of integers are integers: e is 2
            reduce(op, np.array([[3, 4], [40, 7], [2, 2]], I64), [1])
        else:
            reduce(op, f.between(1, 3, 3, 2, kind=np.int32), [0])
            reduce(op, f.between(1, 3, 2, 4, kind=I64), [1], keepdims=0)
        reduce(op, f.between(0.1, 2, 3, 3, kind=F64), [1])
        if v >= 18:
            f.case(op, [x, np.array([], I64)], noop_with_empty_axes=1)
            f.case(op, [x, i64(-2)], keepdims=0)  # axes known at run time
    for op in ("ReduceSum", "ReduceProd", "ReduceL1"):
        reduce(op, f.normal(2, 0, 3), [1])
    for op in ("ReduceMax", "ReduceMin"):
        reduce(op, limits(F32)[1:], [0])
        if v >= 13:
            reduce(op, limits(np.int8), [0])
            reduce(op, limits(np.uint8).reshape(2, 4), [1])
    if v >= 18:
        for kind in (np.int32, I64):
            f.case("ReduceL2", [np.array([[3, 4], [-5, 12]], kind), i64(1)], consts=(1,))


@family(8, 13)
def position(f, v):
    for op in ("ArgMax", "ArgMin"):
        for kind in (F32, np.int32) + ((np.int8, np.uint8, F64) if v >= 13 else ()):
            x = f.between(0, 2, 3, 4, kind=kind)
            f.case(op, [np.round(x)])
            f.case(op, [np.round(x)], axis=1, keepdims=0)
        f.case(op, [f.normal(2, 1, 3, 1, 2, 2)], axis=4)
        f.case(op, [f.normal(5)], axis=0, keepdims=0)
        f.case(op, [f.normal(3, 1)], axis=1)
        f.case(op, [np.array([[-np.inf, np.inf, 1, np.inf], [0, -0.0, 0, -np.inf]], F32)], axis=1)
        if v >= 11:
            f.case(op, [f.normal(2, 3, 2)], axis=-2)
        if v >= 12:
            f.case(op, [np.array([[1, 3, 3, 1]], F32)], axis=1, select_last_index=1)


@family(9, 10, 24)
def choice(f, v):
    if v >= 10:
        x = np.round(f.normal(3, 5), 1)
        for axis in (0, 1, -1):
            f.case("TopK", [x, i64(2)], 2, axis=axis)
        f.case("TopK", [x, i64(3)], 2, consts=(1,))
        f.case("TopK", [x, i64(0)], 2, consts=(1,))
        f.case("TopK", [np.array([2, 2, 1, 2], F32), i64(4)], 2, consts=(1,))
    if v >= 11:
        for kind in (I64, np.int32, np.uint8, F64):
            f.case("TopK", [f.between(0, 5, 2, 6, kind=kind), i64(3)], 2, largest=0, consts=(1,))
        f.case("TopK", [f.normal(2, 3, 4), i64(1)], 2, axis=-2)
        for kind in (F32, I64, np.int8, F64):
            x = np.round(f.between(0, 4, 3, 4, kind=kind))
            f.case("Unique", [x], 4)
            f.case("Unique", [x], 4, sorted=0)
            f.case("Unique", [np.concatenate([x, x])], 4, axis=0)
            f.case("Unique", [x], [True, False, True], axis=-1)
        f.case("Compress", [f.normal(3, 2), np.array([True, False, True])], axis=-2)
    for kind in (F32, np.int32, np.bool_, np.uint8):
        f.case("NonZero", [np.round(f.between(0, 1, 2, 3)).astype(kind)])
        f.case("NonZero", [np.round(f.between(0, 1, 2, 1, 3, 2)).astype(kind)])
    f.case("NonZero", [np.zeros((2, 2), F32)])
    for condition in ([True, False, True], [False, True], [False, False, False], [True]):
        f.case("Compress", [f.normal(3, 2), np.array(condition)], axis=0)
        f.case("Compress", [f.normal(3, 2), np.array(condition)])
    for condition in ([True] * 7, [False, True, False, True], [False] * 9):  # of positions that there are not
        for axis in (None, 0, 1):
            for consts in ((), (1,)):
                f.case("Compress", [f.normal(2, 3), np.array(condition)], axis=axis, consts=consts)


# -- shapes -------------------------------------------------------------------------------------------------------


@family(9, 24)
def shape(f, v):
    x = f.normal(2, 3, 4)
    for to in ([4, 6], [-1], [0, -1], [2, 0, 2, -1], [1, 1, 24, 1, 1, 1], [24, 1]):
        f.case("Reshape", [x, np.array(to, I64)], consts=(1,))
    f.case("Reshape", [x, i64(3, 8)])
    f.case("Reshape", [f.normal(1), np.array([], I64)], consts=(1,))
    f.case("Reshape", [f.normal(), i64(1, 1)], consts=(1,))
    if v >= 14:
        f.case("Reshape", [f.normal(0, 3), i64(3, 0)], consts=(1,), allowzero=1)
    f.case("Flatten", [x], axis=0)
    f.case("Flatten", [x], axis=3)
    f.case("Flatten", [f.normal(2, 1, 3, 1, 2, 2)], axis=4)
    if v >= 11:
        f.case("Flatten", [x], axis=-1)
    for perm in (None, [0, 2, 1], [2, 0, 1]):
        f.case("Transpose", [x], perm=perm)
    f.case("Transpose", [f.normal(2, 1, 3, 1, 2, 2)], perm=[5, 0, 4, 1, 3, 2])
    f.case("Transpose", [f.normal()])
    f.case("Transpose", [f.normal(2, 0, 3)], perm=[1, 2, 0])
    for kind in (np.bool_, np.int8, np.uint16, F16, F64, np.uint64):
        f.case("Transpose", [f.between(0, 9, 2, 3).astype(kind)])
    ones = f.normal(1, 2, 1, 3, 1)
    for axes in (None, [0], [0, 4], [2]) + (([-1, 0],) if v >= 11 else ()):
        if v >= 13:
            f.case("Squeeze", [ones, None if axes is None else np.array(axes, I64)], consts=() if axes is None else (1,))
        else:
            f.case("Squeeze", [ones], axes=axes)
    for axes in ([0], [1, 4], [3, 0]) + (([-1], [-1, 0]) if v >= 11 else ()):
        if v >= 13:
            f.case("Unsqueeze", [x, np.array(axes, I64)], consts=(1,))
        else:
            f.case("Unsqueeze", [x], axes=sorted(axes))
    f.case("Shape", [f.normal(2, 0, 3)])
    f.case("Shape", [f.normal()])
    f.case("Size", [f.normal(2, 3)])
    if v >= 15:
        for start, end in ((1, None), (-2, None), (None, -1), (2, 1), (-9, 9)):
            f.case("Shape", [x], start=start, end=end)
    for to in ([2, 3, 4], [1], [5, 1, 1, 1, 1], [1, 3, 1]):
        f.case("Expand", [f.normal(2, 1, 4) if len(to) != 1 else x, np.array(to, I64)], consts=(1,))
    f.case("Expand", [f.normal(), i64(2, 0)], consts=(1,))
    for repeats in ([1, 2, 3], [0, 1, 1], [2, 1, 1]):
        f.case("Tile", [x, np.array(repeats, I64)], consts=(1,))
    f.case("Identity", [limits(F32)])


@family(9, 13)
def slicing(f, v):
    x = f.normal(4, 5, 3)
    far = 2**31 - 1
    parts = [([1], [3], [0]), ([-2], [far], [1]), ([0, 1], [-1, -1], [0, 2]), ([3], [1], [0]), ([-99], [99], [2]), ([1, 0, 0], [2, 5, 3], None)]
    for starts, ends, axes in parts:
        if v < 10:
            f.case("Slice", [x], starts=starts, ends=ends, axes=axes)
            continue
        for kind in (I64, np.int32):
            f.case("Slice", [x, np.array(starts, kind), np.array(ends, kind), None if axes is None else np.array(axes, kind)], consts=(1, 2) + ((3,) if axes else ()))
        f.case("Slice", [x, np.array(starts, I64), np.array(ends, I64), None if axes is None else np.array(axes, I64)], consts=(3,) if axes else ())
    if v >= 10:
        least, most = -(2**63), 2**63 - 1
        steps = [(most, least, -1), (0, most, 2), (-1, least, -2), (4, 0, -3), (1, 4, most), (3, least, least + 1), (-1, -6, -1)]
        for start, end, step in steps:
            f.case("Slice", [x, i64(start), i64(end), i64(1), i64(step)], consts=(1, 2, 3, 4), reference="onnx")
            f.case("Slice", [x, i64(start), i64(end), i64(-2), i64(step)], consts=(3, 4), reference="onnx")
    for axis, sizes in ((0, [1, 3]), (1, [2, 0, 3]), (2, [3])):
        if v < 13:
            f.case("Split", [x], len(sizes), axis=axis, split=sizes)
        else:
            f.case("Split", [x, np.array(sizes, I64)], len(sizes), axis=axis - 3, consts=(1,))
    f.case("Split", [x], 2)
    f.case("Split", [x], [True, False, True], axis=2, reference="onnx")
    f.case("Concat", [x, f.normal(2, 5, 3)], axis=0)
    f.case("Concat", [x[:, :, :1], x, f.normal(4, 5, 0)], axis=2)
    f.case("Concat", [f.normal(2, 1, 3, 1, 2, 2), f.normal(2, 1, 3, 2, 2, 2)], axis=3)
    f.case("Concat", [x], axis=1)
    f.case("Concat", [x, f.normal(4, 1, 3)], axis=1, consts=(1,))
    if v >= 11:
        f.case("Concat", [f.whole(np.int8, 2, 2), f.whole(np.int8, 2, 1)], axis=-1)


@family(11, 19)
def padding(f, v):
    x = f.normal(2, 3, 4)
    for mode in ("constant", "edge", "reflect") + (("wrap",) if v >= 19 else ()):
        f.case("Pad", [x, i64(0, 1, 2, 1, 0, 1)], mode=mode, consts=(1,))
        f.case("Pad", [x, i64(1, 2, 3, 1, 2, 3)], mode=mode, consts=(1,))
        f.case("Pad", [f.normal(2, 1, 2, 3, 1, 2), i64(0, 0, 1, 2, 0, 1, 0, 0, 1, 0, 0, 1)], mode=mode, consts=(1,))
        f.case("Pad", [f.normal(5), i64(2, 3)], mode=mode, consts=(1,))
    f.case("Pad", [x, i64(0, -1, 1, 0, 1, -2), np.array(3.5, F32)], consts=(1, 2))
    f.case("Pad", [x, i64(0, 0, 0, 0, 0, 0)], consts=(1,))
    f.case("Pad", [f.normal(0, 2), i64(1, 0, 1, 1)], consts=(1,))
    f.case("Pad", [x, i64(0, 1, 0, 0, 0, 2), np.array(-np.inf, F32)], consts=(1,))
    for kind in (F64, np.int32, I64, np.uint32, np.uint64):
        f.case("Pad", [f.between(0, 9, 2, 2, kind=kind), i64(1, 0, 0, 1), np.array(7, kind)], consts=(1, 2))
    if v >= 18:
        f.case("Pad", [x, i64(2, 1), None, i64(-1)], consts=(1, 3))
        f.case("Pad", [x, i64(2, 1, 0, 1), np.array(1, F32), np.array([2, 0], np.int32)], mode="constant", consts=(1, 3))
        f.case("CenterCropPad", [x, i64(3, 2, 7)], consts=(1,))
        f.case("CenterCropPad", [x, i64(5, 1)], axes=[-1, 1], consts=(1,))
        f.case("CenterCropPad", [f.between(0, 9, 5, 3, kind=np.int32), i64(2, 6)], consts=(1,))
    image = f.normal(1, 8, 2, 3)
    for mode in (None, "DCR", "CRD"):
        f.case("DepthToSpace", [image], blocksize=2, mode=mode)
    f.case("SpaceToDepth", [f.normal(2, 3, 4, 6)], blocksize=2)
    f.case("DepthToSpace", [f.normal(1, 9, 1, 2, kind=F64)], blocksize=3)
    lengths = i64(1, 4, 2)
    f.case("ReverseSequence", [f.normal(4, 3), lengths])
    f.case("ReverseSequence", [f.normal(3, 4, 2), lengths], batch_axis=0, time_axis=1)
    if v >= 14:
        for upper in (None, 0):
            for k in (None, -1, 2, 9):
                f.case("Trilu", [f.normal(2, 3, 4), None if k is None else np.array(k, I64)], upper=upper)
        f.case("Trilu", [f.between(0, 9, 3, 3, kind=I64), np.array(-9, I64)], upper=1, consts=(1,))


# -- gather, scatter ----------------------------------------------------------------------------------------------


@family(10, 11, 18)
def gathering(f, v):
    x = f.normal(3, 4, 2)
    least = -1 if v >= 11 else 0
    for axis in (0, 1, 2):
        for shape_of_indices in ((), (2,), (1, 2, 2), (0,)):
            f.case("Gather", [x, f.between(least, 1, *shape_of_indices, kind=I64)], axis=axis)
    f.case("Gather", [x, np.array([2, 2, 2], np.int32)], consts=(1,))
    f.case("Gather", [f.normal(1, 3), i64(0, 0, 0)], consts=(1,))
    f.case("Gather", [f.normal(2, 1, 3, 1, 2), i64(1, 0)], axis=4 if v < 11 else -1)
    for kind in (np.bool_, np.uint8, F64, np.int16, F16):
        f.case("Gather", [f.between(0, 2, 3, 2).astype(kind), i64(2, 0)])
    if v < 11:
        f.case("Scatter", [x, f.between(0, 0, 1, 4, 2, kind=I64), f.normal(1, 4, 2)])
        f.case("Scatter", [x, f.between(1, 1, 2, 1, 2, kind=I64), f.normal(2, 1, 2)], axis=1)
        return
    for axis in (0, 1, -1):
        f.case("GatherElements", [x, f.between(-2, 1, 2, 3, 2, kind=I64)], axis=axis)
        f.case("ScatterElements", [x, np.zeros((1, 1, 1), I64) - 1, f.normal(1, 1, 1)], axis=axis)
    f.case("GatherElements", [x, f.between(0, 2, 5, 1, 1, kind=np.int32)])
    f.case("ScatterElements", [x, i64(2, 0, 1).reshape(3, 1, 1), f.normal(3, 1, 1)])
    for indices in ([[0, 1], [-1, -4]], [[2], [0], [1]], [[[0, 0, 0]], [[2, 3, 1]]]):
        f.case("GatherND", [x, np.array(indices, I64)])
        last = np.array(indices).shape
        f.case("ScatterND", [x, np.array(indices, I64), f.normal(*last[:-1], *x.shape[last[-1] :])])
    if v >= 12:
        f.case("GatherND", [f.normal(2, 3, 4), np.array([[1], [-1]], I64)], batch_dims=1)
        f.case("GatherND", [f.normal(2, 3, 4), np.array([[[0], [2]], [[1], [-1]]], I64)], batch_dims=1)
        f.case("GatherND", [f.normal(2, 3, 4), f.between(0, 3, 2, 3, 1, kind=I64)], batch_dims=2)
    if v >= 16:
        for how in ("add", "mul") + (("max", "min") if v >= 18 else ()):
            for kind in (F32, np.int32, F64):
                f.case("ScatterElements", [f.between(0, 5, 3, 2, kind=kind), np.array([[0, 0], [0, -1]], I64), f.between(0, 5, 2, 2, kind=kind)], reduction=how)
                f.case("ScatterND", [f.between(0, 5, 3, 2, kind=kind), np.array([[1], [1], [-3]], I64), f.between(0, 5, 3, 2, kind=kind)], reduction=how)
    for axis in (None, 0, 1, -2):
        f.case("OneHot", [i64(1, -1, 7, 0), i64(3), np.array([0.5, 2], F32)], axis=axis, consts=(1,))
    f.case("OneHot", [f.between(0, 4, 2, 3, kind=np.int32), np.array(5, np.int32), np.array([0, 3], F32)], axis=1, consts=(1, 2), reference="onnx")
    f.case("OneHot", [f.between(0, 4, 2, 2).round(), np.array(4, F32), i64(-1, 3)], consts=(1,))


# -- types --------------------------------------------------------------------------------------------------------

PLAIN = {getattr(TensorProto, n): helper_type for n, helper_type in (("FLOAT", F32), ("DOUBLE", F64), ("FLOAT16", F16), ("INT8", np.int8), ("INT16", np.int16), ("INT32", np.int32), ("INT64", I64), ("UINT8", np.uint8), ("UINT16", np.uint16), ("UINT32", np.uint32), ("UINT64", np.uint64), ("BOOL", np.bool_))}
EIGHT = {getattr(TensorProto, "FLOAT8" + n.upper().replace("_", "")): getattr(ml_dtypes, "float8_" + n) for n in ("e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz")}


@family(9, 25)
def conversion(f, v):
    x = np.array([0, -0.0, 1, 2.5, 3.5, 99.9, 0.4], F64)
    for kind in PLAIN.values():
        for to in PLAIN:
            f.case("Cast", [x.astype(kind)], to=to)
    for kind in SIGNED:  # to fewer bits: what is left of them
        for to in (TensorProto.INT8, TensorProto.UINT16, TensorProto.INT32, TensorProto.UINT64, TensorProto.FLOAT, TensorProto.BOOL):
            f.case("Cast", [limits(kind)], to=to)
    for kind in (F16, F32, F64):
        for to in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BOOL):
            f.case("Cast", [limits(kind)], to=to)
    if v < 25:
        return
    wide = np.array([0, -0.0, 1, -1.25, 2.5, 3.1, 7, 448, 460, 470, -1e6, 57344, 61439, 61441, 1e-3, 2e-3, 1e-9, np.nan, np.inf, -np.inf], F32)
    for to in EIGHT:
        for saturate in (0, 1):
            f.case("Cast", [wide], to=to, saturate=saturate)
            f.case("Cast", [wide.astype(F16)], to=to, saturate=saturate)
    every = np.arange(256).astype(np.uint8)
    for kind in EIGHT.values():
        f.case("Cast", [every.view(kind)[::5]], to=TensorProto.FLOAT)
    f.case("Cast", [wide], to=TensorProto.BFLOAT16, reference="onnx")
    f.case("Cast", [np.array([1 + 2**-8, 1 + 3 * 2**-8, 3.4e38, 1e-40, -1e-45], F32)], to=TensorProto.BFLOAT16, reference="onnx")
    for to, lo, hi in ((TensorProto.INT4, -8, 7), (TensorProto.UINT4, 0, 15), (TensorProto.INT2, -2, 1), (TensorProto.UINT2, 0, 3)):
        f.case("Cast", [np.arange(lo, hi + 1, dtype=np.int8)], to=to, reference="onnx")
        f.case("Cast", [np.arange(lo, hi + 0.9, 0.5, dtype=F32)], to=to, reference="onnx")
    f.case("Cast", [np.array([0, 0.2, 0.25, 0.26, 0.75, 1.25, 1.75, 2.5, 3.5, 5, 5.1, 100, -0.3, -6], F32)], to=TensorProto.FLOAT4E2M1, reference="onnx")
    f.case("CastLike", [x.astype(F32), np.zeros(1, I64)])
    f.case("CastLike", [wide, np.zeros((2, 2), ml_dtypes.float8_e5m2)], saturate=0, reference="onnx")


# -- made from little ---------------------------------------------------------------------------------------------


@family(11)
def made(f, v):
    for kind in (F32, F64, np.int16, np.int32, I64):
        for start, limit, delta in ((0, 5, 1), (3, -4, -2), (1, 1, 1), (2, 9, 3), (5, 2, 1)):
            f.case("Range", [np.array(n, kind) for n in (start, limit, delta)], consts=(0, 1, 2))
    f.case("Range", [np.array(n, F32) for n in (0, 1, 0.3)], consts=(0, 1, 2))
    for kind in (F32, F16, F64, np.bool_, np.uint8, np.int64):
        value = numpy_helper.from_array(np.array([3]).astype(kind))
        f.case("ConstantOfShape", [i64(2, 3)], value=value, consts=(0,))
    f.case("ConstantOfShape", [np.array([], I64)], consts=(0,))
    f.case("ConstantOfShape", [i64(2, 0, 1)], consts=(0,))
    for k in (None, -2, 1, 7):
        f.case("EyeLike", [f.normal(3, 4)], k=k)
    f.case("EyeLike", [f.between(0, 9, 2, 2, kind=np.int32)], dtype=TensorProto.DOUBLE)
    for kind in (F32, F64, np.int32, I64):
        for exclusive in (0, 1):
            for reverse in (0, 1):
                f.case("CumSum", [f.between(-3, 3, 2, 4, kind=kind), np.array(-1, I64)], exclusive=exclusive, reverse=reverse, consts=(1,))
    f.case("CumSum", [f.normal(2, 3, 2), np.array(1, np.int32)])
    f.case("CumSum", [f.normal(2, 1, 3, 1, 2, 2), np.array(2, np.int32)], consts=(1,))
    f.case("Constant", [], value_ints=[1, -2])
    f.case("Constant", [], value_float=0.5)


if __name__ == "__main__":
    main(sys.argv)
