#!/usr/bin/env python3
"""Makes tests/variations/NAME_VERSION: operators of ai.onnx that networks are made of: products, convolution, pooling,
normalization, recurrence, attention, images, signals, quantization, losses.

Needs onnx, onnxruntime, ml_dtypes, numpy. Run: python3 tests/data/layer_cases.py tests/variations [FAMILY...]
Where ONNX Runtime and the specification differ, the case says reference="onnx" or is not here.
"""
import sys

import ml_dtypes
import numpy as np
from cases import F16, F32, F64, family, main
from onnx import TensorProto, helper

I64 = np.int64


def i64(*v):
    return np.array(v, I64)


# -- products -----------------------------------------------------------------------------------------------------


@family(9, 13)
def product(f, v):
    for a, b in (((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((1, 1), (1, 1)), ((5, 7), (7, 9)), ((2, 1, 3, 4), (5, 4, 2)), ((3,), (2, 3, 4)), ((2, 2, 3), (3,)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 1, 1, 2, 3), (1, 3, 3, 2))):
        f.case("MatMul", [f.normal(*a), f.normal(*b)])
        f.case("MatMul", [f.normal(*a), f.normal(*b)], consts=(1,))
    f.case("MatMul", [f.normal(4, 6), f.normal(6, 3)], consts=(0,))
    for kind in (F64, np.int32, np.uint32, I64, np.uint64):
        f.case("MatMul", [f.between(0, 9, 2, 3, kind=kind), f.between(0, 9, 3, 2, kind=kind)])
    for a in (0, 1):
        for b in (0, 1):
            x, y = f.normal(*((5, 3) if a else (3, 5))), f.normal(*((4, 5) if b else (5, 4)))
            f.case("Gemm", [x, y, f.normal(4)], transA=a, transB=b, consts=(1, 2))
            f.case("Gemm", [x, y, f.normal(3, 1)], transA=a, transB=b, alpha=-0.5, beta=2.0)
    for c in ((), (1,), (4,), (1, 4), (3, 1), (3, 4), (1, 1)):
        f.case("Gemm", [f.normal(3, 5), f.normal(5, 4), f.normal(*c)], beta=0.5)
    f.case("Gemm", [f.normal(3, 5, kind=F64), f.normal(5, 4, kind=F64), f.normal(4, kind=F64)])
    if v >= 11:
        f.case("Gemm", [f.normal(3, 5), f.normal(5, 4)], alpha=0.0)
        f.case("Gemm", [f.normal(3, 5), f.normal(5, 4)], consts=(0,))
    if v < 12:
        return
    sizes = dict(zip("abcdij", (2, 3, 4, 2, 3, 2)))
    for equation in ("ij->ji", "ij", "ii->i", "ii", "ij->", "ij,j->i", "ab,bc,cd->ad", "abc,acd->abd", "ab,cd->acbd", "aba,b->a", "bac,ca->cb", "i,j->ij", "abc->b", "ba,ca", "ij,ij->", " ab , bc -> ac ", "a,a,a->a", "abcd,badc->dc"):
        terms = equation.split("->", maxsplit=1)[0].replace(" ", "").split(",")
        sizes["i"] = sizes["j"] = 3
        f.case("Einsum", [f.normal(*(sizes[c] for c in t)) for t in terms], equation=equation)
    f.case("Einsum", [f.normal(2, 1, 3, 4), f.normal(5, 4, 2)], equation="...ij,...jk->...ik")
    f.case("Einsum", [f.normal(2, 3, 4)], equation="...i->...")
    f.case("Einsum", [f.normal(2, 3, 4), f.normal(4)], equation="...i,i->i...")
    f.case("Einsum", [f.between(0, 9, 2, 3, kind=I64), f.between(0, 9, 3, kind=I64)], equation="ij,j->i")


# -- windows ------------------------------------------------------------------------------------------------------


@family(22)
def convolution(f, v):
    def conv(x, w, bias=True, **attrs):
        ins = [f.normal(*x), f.normal(*w), f.normal(w[0]) if bias else None]
        f.case("Conv", ins, consts=(1, 2) if bias else (1,), **attrs)

    for kernel in (1, 2, 3, 5):
        for stride in (1, 2, 3):
            conv((1, 2, 7, 6), (3, 2, kernel, kernel), strides=[stride, 1], pads=[kernel // 2] * 4)
    for pad in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        conv((2, 3, 6, 5), (2, 3, 3, 2), auto_pad=pad, strides=[2, 1])
        conv((1, 3, 8, 5), (2, 3, 2, 3), auto_pad=pad, dilations=[2, 1])
    conv((1, 2, 5, 5), (3, 2, 3, 3), pads=[2, 0, 1, 3], bias=False)
    conv((1, 2, 9, 9), (3, 2, 3, 2), dilations=[3, 2], strides=[1, 2], kernel_shape=[3, 2])
    conv((1, 2, 2, 2), (3, 2, 3, 3), pads=[4, 4, 4, 4])
    for groups, each, of_each in ((2, 2, 3), (4, 1, 1), (4, 1, 2), (3, 4, 1), (8, 1, 1)):
        conv((1, groups * each, 6, 5), (groups * of_each, each, 3, 3), group=groups, pads=[1, 1, 1, 1])
        conv((2, groups * each, 5, 4), (groups * of_each, each, 2, 2), group=groups, strides=[2, 1], bias=False)
    conv((1, 17, 4, 4), (19, 17, 1, 1))
    conv((2, 16, 5, 5), (8, 16, 3, 3), pads=[1, 1, 1, 1])
    conv((1, 2, 9), (4, 2, 3), strides=[2], pads=[0, 2])
    conv((2, 4, 7), (4, 1, 3), group=4, dilations=[2])
    conv((1, 2, 3, 4, 5), (3, 2, 2, 1, 3), pads=[1, 0, 1, 0, 0, 1], strides=[1, 2, 1])
    conv((0, 2, 5, 5), (3, 2, 3, 3))
    f.case("Conv", [f.normal(1, 2, 5, 5), f.normal(3, 2, 3, 3), f.normal(3)])
    f.case("Conv", [f.normal(1, 2, 5, 5, kind=F64), f.normal(3, 2, 3, 3, kind=F64)], consts=(1,))
    if v >= 22:
        f.case("Conv", [f.normal(1, 2, 5, 5, kind=F16), f.normal(3, 2, 3, 3, kind=F16)], consts=(1,), pads=[1, 1, 1, 1])


@family(11)
def deconvolution(f, v):
    def deconv(x, w, bias=True, group=1, **attrs):
        ins = [f.normal(*x), f.normal(*w), f.normal(w[1] * group) if bias else None]
        f.case("ConvTranspose", ins, consts=(1, 2) if bias else (1,), group=group, **attrs)

    for kernel in (1, 2, 3, 4):
        for stride in (1, 2, 3):
            deconv((1, 2, 3, 4), (2, 3, kernel, kernel), strides=[stride, 1])
    deconv((2, 3, 3, 3), (3, 2, 3, 3), pads=[1, 0, 2, 1], strides=[2, 2])
    deconv((1, 2, 3, 3), (2, 1, 3, 3), output_padding=[1, 0], strides=[2, 2], bias=False)
    deconv((1, 2, 4, 3), (2, 2, 2, 3), dilations=[2, 1], pads=[1, 1, 1, 1])
    deconv((1, 2, 3, 4), (2, 3, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
    deconv((1, 2, 3, 4), (2, 3, 3, 3), auto_pad="SAME_LOWER", strides=[2, 2])
    deconv((1, 2, 3, 4), (2, 3, 3, 3), auto_pad="VALID", strides=[2, 1])
    deconv((1, 2, 3, 3), (2, 3, 3, 3), output_shape=[6, 7], strides=[2, 2])
    deconv((1, 2, 3, 3), (2, 3, 3, 3), output_shape=[5, 6], strides=[2, 2], auto_pad="SAME_LOWER")
    deconv((1, 4, 3, 3), (4, 1, 3, 3), group=4, strides=[2, 2], pads=[1, 1, 1, 1])
    deconv((1, 4, 3, 2), (4, 3, 2, 2), group=2)
    deconv((1, 2, 5), (2, 3, 3), strides=[2], pads=[1, 0])
    deconv((1, 2, 2, 3, 2), (2, 2, 2, 2, 3), strides=[1, 2, 1])
    f.case("ConvTranspose", [f.normal(1, 2, 3, 3), f.normal(2, 3, 2, 2), f.normal(3)], strides=[2, 2])


@family(8, 22)
def pooling(f, v):
    x = f.normal(1, 2, 7, 6)
    for op, most in (("MaxPool", 2), ("AveragePool", 1)):
        for pads in (None, [1, 0, 0, 1], [1, 1, 1, 1]):
            for strides in (None, [2, 3], [1, 2]):
                f.case(op, [x], most, kernel_shape=[2, 3], pads=pads, strides=strides)
        for pad in ("SAME_UPPER", "SAME_LOWER", "VALID"):
            f.case(op, [x], auto_pad=pad, kernel_shape=[3, 2], strides=[2, 2])
        f.case(op, [f.normal(2, 3, 9)], kernel_shape=[3], strides=[2], pads=[1, 1])
        f.case(op, [f.normal(1, 2, 4, 3, 5)], kernel_shape=[2, 2, 3], pads=[0, 1, 1, 1, 0, 1])
        f.case(op, [f.normal(1, 2, 5, 5, kind=F64)], kernel_shape=[2, 2])
        if v >= 10:
            f.case(op, [x], kernel_shape=[3, 3], strides=[3, 2], ceil_mode=1)
            f.case(op, [x], kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 0, 1], ceil_mode=1)
    for include in (0, 1):
        f.case("AveragePool", [x], kernel_shape=[3, 3], pads=[1, 2, 2, 1], count_include_pad=include)
    f.case("AveragePool", [x], kernel_shape=[3, 3], pads=[2, 2, 2, 2], strides=[2, 2], count_include_pad=1)
    f.case("MaxPool", [x], 2, kernel_shape=[2, 2], storage_order=1)
    for op in ("GlobalAveragePool", "GlobalMaxPool") + (("GlobalLpPool",) if v < 22 else ()):
        f.case(op, [f.normal(2, 3, 4, 5)])
        f.case(op, [f.normal(2, 3, 4)])
        if op != "GlobalLpPool":
            f.case(op, [f.normal(1, 2, 3, 2, 2)])
    if v < 22:  # no runtime has GlobalLpPool 22
        f.case("GlobalLpPool", [f.normal(2, 3, 4, 5)], p=1)
    f.case("LpPool", [x], kernel_shape=[2, 3], pads=[1, 0, 1, 0], p=1)
    f.case("LpPool", [x], kernel_shape=[3, 2], strides=[2, 1], p=3)
    if v >= 12:
        f.case("MaxPool", [x], 2, kernel_shape=[2, 2], dilations=[2, 3], pads=[1, 1, 1, 1])
        f.case("MaxPool", [f.whole(np.int8, 1, 2, 5, 5)], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        f.case("MaxPool", [f.whole(np.uint8, 1, 2, 5, 5)], kernel_shape=[2, 2], strides=[2, 2])
        nodes = [helper.make_node("MaxPool", ["x"], ["y", "i"], kernel_shape=[2, 2], strides=[2, 2]), helper.make_node("MaxUnpool", ["y", "i"], ["z"], kernel_shape=[2, 2], strides=[2, 2])]
        f.graph(nodes, {"x": f.normal(1, 2, 4, 6)}, ["z", "i"])
    if v >= 22:
        f.case("AveragePool", [x], kernel_shape=[2, 2], dilations=[2, 1], count_include_pad=1, pads=[1, 0, 0, 1])
        f.case("LpPool", [x], kernel_shape=[2, 2], dilations=[1, 2])


# What the loops of windows meet at the edges; sizes of the input also as only the run tells them.


def sized(f, op, x, outputs, rest=(), **attrs):
    """The case with x as it is, and with x that was cut out of more by sizes that the run tells."""
    outs = [f"y{k}" for k in range(outputs)]
    names = [f"r{k}" for k in range(len(rest))]
    f.case(op, [x] + list(rest), outputs, **attrs)
    room = np.concatenate([x, x], 2)
    cut = helper.make_node("Slice", ["room", "zero", "size", "axis"], ["x"])
    node = helper.make_node(op, ["x"] + names, outs, **attrs)
    f.graph([cut, node], {"room": room, "size": i64(x.shape[2]), **dict(zip(names, rest))}, outs, {"zero": i64(0), "axis": i64(2)})


@family(22)
def windows(f, v):
    for kind in (np.uint8, np.int8, F32, F64):  # the least there is, beside padding
        least = -np.inf if kind in (F32, F64) else np.iinfo(kind).min
        for row in ([least, least, 3], [least] * 3, [3, least, least, least]):
            f.case("MaxPool", [np.array([[row]]).astype(kind)], 2, kernel_shape=[2], pads=[1, 1])
            f.case("MaxPool", [np.array([[row, row]]).astype(kind)], 2, kernel_shape=[3], pads=[2, 2], dilations=[2])
    some = f.between(0, 2, 2, 2, 5, 6, kind=np.uint8)
    for order in (0, 1):
        f.case("MaxPool", [some], 2, kernel_shape=[3, 2], strides=[2, 1], pads=[1, 1, 2, 0], storage_order=order)
        for pad in ("SAME_UPPER", "SAME_LOWER"):
            for strides in ([2, 3], [1, 2]):
                sized(f, "MaxPool", some, 2, kernel_shape=[3, 3], strides=strides, auto_pad=pad, storage_order=order)
    x = f.normal(1, 2, 9, 10)
    for op in ("AveragePool", "LpPool"):  # pads that crop; MaxPool refuses them
        for pad in ("SAME_UPPER", "SAME_LOWER"):
            for kernel, strides in (([1, 1], [3, 4]), ([2, 1], [3, 5]), ([2, 3], [5, 4])):
                sized(f, op, x, 1, kernel_shape=kernel, strides=strides, auto_pad=pad)
    f.case("AveragePool", [x], kernel_shape=[1, 2], strides=[3, 4], auto_pad="SAME_UPPER", count_include_pad=1)
    for op in ("MaxPool", "AveragePool", "LpPool"):  # windows that are longer than what there is
        for length in (4, 5, 6):
            for ceil in (0, 1):
                f.case(op, [f.normal(1, 1, 3)], kernel_shape=[length], strides=[2], ceil_mode=ceil)
    for size, attrs in (([11, 9], {}), ([9, 8], {}), ([7, 7], {}), ([11, 9], {"auto_pad": "SAME_UPPER"}), ([9, 7], {"auto_pad": "SAME_LOWER"})):
        for bias in (0, 1):
            sized(f, "ConvTranspose", f.normal(1, 2, 5, 4), 1, [f.normal(2, 3, 3, 3)] + [f.normal(3)] * bias, strides=[2, 2], output_shape=size, **attrs)
    for op in ("ArgMax", "ArgMin"):
        sized(f, op, f.normal(2, 3, 4), 1, axis=2)
        sized(f, op, np.zeros((2, 0, 0), F32), 1, axis=1, keepdims=0)


# -- normalization ------------------------------------------------------------------------------------------------


@family(9, 23)
def normalization(f, v):
    for shape in ((2, 3), (2, 3, 4), (1, 3, 4, 5), (2, 3, 2, 1, 3)):
        c = [f.normal(3), f.normal(3), f.normal(3), f.between(0.2, 2, 3)]
        f.case("BatchNormalization", [f.normal(*shape)] + c, consts=(1, 2, 3, 4))
        f.case("BatchNormalization", [f.normal(*shape)] + c, epsilon=0.1)
        if len(shape) > 2:
            f.case("InstanceNormalization", [f.normal(*shape)] + c[:2], consts=(1, 2))
            f.case("InstanceNormalization", [f.normal(*shape)] + c[:2], epsilon=0.1)
    for axis in (None, 0, -2, 2):
        for p in (1, 2):
            f.case("LpNormalization", [f.normal(2, 3, 4)], axis=axis, p=p)
    f.case("LpNormalization", [f.normal(2, 3) * np.array([[1.0], [0.0]], F32)], axis=1)
    for size in (1, 3, 5):
        f.case("LRN", [f.normal(1, 6, 2, 3)], size=size, alpha=0.5)
        f.case("LRN", [f.normal(2, 4, 2, 2)], size=size, alpha=0.1, beta=0.5, bias=2.0)
    f.case("MeanVarianceNormalization", [f.normal(2, 3, 4, 2)])
    f.case("MeanVarianceNormalization", [f.normal(2, 3, 4)], axes=[-1, 0])
    if v >= 14:
        c = [f.normal(3), f.normal(3), f.normal(3), f.between(0.2, 2, 3)]
        f.case("BatchNormalization", [f.normal(2, 3, 4)] + c, 3, training_mode=1, momentum=0.25)
    if v >= 17:
        for axis in (None, 0, 1, -2):
            shape = (2, 3, 4)[axis if axis is not None else -1 :]
            f.case("LayerNormalization", [f.normal(2, 3, 4), f.normal(*shape), f.normal(*shape)], axis=axis, consts=(1, 2))
            f.case("LayerNormalization", [f.normal(2, 3, 4), f.normal(*shape)], 3, axis=axis, epsilon=0.1)
        f.case("LayerNormalization", [f.normal(2, 3, 4, kind=F64), f.normal(4, kind=F64), f.normal(4, kind=F64)])
    if v >= 23:
        for axis in (-1, 1, 0):
            f.case("RMSNormalization", [f.normal(2, 3, 4), f.normal(*(2, 3, 4)[axis:])], axis=axis, consts=(1,))
        f.case("RMSNormalization", [f.normal(2, 3, 4), f.normal(1)], epsilon=0.1)
        for groups in (1, 2, 6):
            f.case("GroupNormalization", [f.normal(2, 6, 3), f.normal(6), f.normal(6)], num_groups=groups, consts=(1, 2))
            f.case("GroupNormalization", [f.normal(1, 6, 2, 2), f.normal(6), f.normal(6)], num_groups=groups, epsilon=0.1)


@family(8, 13)
def softmax(f, v):
    for op in ("Softmax", "LogSoftmax", "Hardmax"):
        for axis in (None, 0, 1, 2) + ((-1, -3) if v >= 11 else ()):
            f.case(op, [f.normal(2, 3, 4)], axis=axis)
        f.case(op, [f.normal(2, 1, 3, 1, 2, 2)], axis=4)
        f.case(op, [f.normal(3, 1)], axis=1)
    f.case("Softmax", [np.array([[1000, 1001, -1000], [0, -np.inf, 0]], F32)], axis=1)
    f.case("LogSoftmax", [np.array([[1000, 1001, -1000], [90, -90, 0]], F32)], axis=1)
    f.case("Softmax", [f.normal(2, 3, kind=F64)], axis=1)
    f.case("Hardmax", [np.array([[1, 3, 3], [2, 2, 2]], F32)], axis=1)
    f.case("Softmax", [f.normal(2, 0, 3)], axis=2)
    for op in ("Softmax", "LogSoftmax", "Hardmax"):
        f.case(op, [f.normal(3, 2, 0)], axis=1)
        f.case(op, [f.normal(0, 2, 3)], axis=1)


# -- sequences of steps -------------------------------------------------------------------------------------------


@family(14)
def recurrence(f, v):
    for op, gates, states in (("RNN", 1, 2), ("GRU", 3, 2), ("LSTM", 4, 3)):
        for direction in ("forward", "reverse", "bidirectional"):
            d, hidden, batch, steps = (2 if direction == "bidirectional" else 1), 3, 2, 4
            x, w, r = f.normal(steps, batch, 2), f.normal(d, gates * hidden, 2), f.normal(d, gates * hidden, hidden)
            b, h = f.normal(d, 2 * gates * hidden), f.normal(d, batch, hidden)
            lengths = np.array([4, 2], np.int32)
            same = dict(hidden_size=hidden, direction=direction)
            f.case(op, [x, w, r], states, consts=(1, 2), **same)
            f.case(op, [x, w, r, b], [True], consts=(1, 2, 3), **same)
            f.case(op, [x, w, r, b, lengths, h], states, consts=(1, 2, 3), **same)
            f.case(op, [x, w, r, None, lengths], [False, True], consts=(1, 2), **same)
            f.case(op, [x, w, r, b, None, h], [False, True], clip=0.5, **same)
            f.case(op, [x[:1, :1], w, r, b, None, h[:, :1]], states, consts=(1, 2, 3), **same)
            if op == "GRU":
                f.case(op, [x, w, r, b, lengths], states, linear_before_reset=1, consts=(1, 2, 3), **same)
            if op == "LSTM":
                c, p = f.normal(d, batch, hidden), f.normal(d, 3 * hidden)
                f.case(op, [x, w, r, b, None, h, c], states, consts=(1, 2, 3), **same)
                f.case(op, [x, w, r, b, None, None, None, p], states, consts=(1, 2, 3, 7), **same)
                f.case(op, [x, w, r, b, None, h, c, p], [False, False, True], input_forget=1, consts=(1, 2, 3, 7), **same)
            some = ["HardSigmoid", "LeakyRelu", "Relu"][: max(1, gates - 1)] * d
            alphas = [{"HardSigmoid": 0.3, "LeakyRelu": 0.2}[s] for s in some if s != "Relu"]
            f.case(op, [x, w, r, b], states, activations=some, activation_alpha=alphas, activation_beta=[0.4] * d, consts=(1, 2, 3), **same)


@family(23)
def attention(f, v):
    def attend(batch=1, queries=3, keys=4, heads=2, kv_heads=2, size=4, v_size=4, mask=None, past=0, flat=False, outputs=1, **attrs):
        shapes = [(heads, queries, size), (kv_heads, keys, size), (kv_heads, keys, v_size)]
        if flat:
            attrs |= dict(q_num_heads=heads, kv_num_heads=kv_heads)
            ins = [f.normal(batch, s[1], s[0] * s[2]) for s in shapes]
        else:
            ins = [f.normal(batch, *s) for s in shapes]
        if mask is not None or past:
            ins.append(mask)
        if past:
            ins += [f.normal(batch, kv_heads, past, size), f.normal(batch, kv_heads, past, v_size)]
            outputs = 3
        f.case("Attention", ins, outputs, **attrs)

    attend()
    attend(batch=2, flat=True)
    attend(heads=4, kv_heads=2)
    attend(heads=4, kv_heads=1, flat=True, v_size=3)
    attend(is_causal=1)
    attend(is_causal=1, queries=5, keys=3)
    attend(scale=0.3, softcap=2.0)
    attend(mask=f.normal(3, 4))
    attend(mask=f.bits(3, 4) | np.eye(3, 4, dtype=bool))
    attend(batch=2, mask=f.normal(2, 1, 3, 4))
    attend(mask=f.normal(1, 2, 3, 4), is_causal=1)
    attend(past=2)
    attend(past=3, flat=True, mask=f.normal(3, 7))
    attend(past=2, is_causal=1, queries=2, keys=2)
    for mode in (0, 1, 2, 3):
        attend(outputs=[True, False, False, True], qk_matmul_output_mode=mode, mask=f.normal(3, 4))
    attend(queries=1, keys=1)
    for interleaved in (0, 1):
        f.case("RotaryEmbedding", [f.normal(1, 2, 3, 4), f.normal(7, 2), f.normal(7, 2), i64(0, 2, 6).reshape(1, 3)], interleaved=interleaved)
        f.case("RotaryEmbedding", [f.normal(2, 3, 8), f.normal(2, 3, 2), f.normal(2, 3, 2)], interleaved=interleaved, num_heads=2)
    f.case("RotaryEmbedding", [f.normal(1, 2, 3, 6), f.normal(7, 1), f.normal(7, 1), i64(0, 2, 6).reshape(1, 3)], rotary_embedding_dim=2)


# -- images and signals -------------------------------------------------------------------------------------------


@family(10, 11, 19)
def resize(f, v):
    x = f.normal(1, 2, 3, 4)
    if v < 11:
        for mode in ("nearest", "linear"):
            for scales in ((1, 1, 2, 2), (1, 1, 1.5, 3), (1, 1, 0.5, 0.7)):
                f.case("Resize", [x, np.array(scales, F32)], mode=mode, consts=(1,))
        f.case("Upsample" if v < 10 else "Resize", [x, np.array((2, 1, 1, 1), F32)], mode="nearest", consts=(1,))
        for mode in ("nearest", "linear"):
            for shape, scales in (((2, 1, 5, 1), (1, 1, 1.4, 2)), ((1, 1, 1, 7), (1, 1, 3, 1)), ((1, 1, 9, 9), (1, 1, 0.35, 0.6)), ((1, 3, 4, 4), (1, 1, 1, 1))):
                f.case("Resize", [f.normal(*shape), np.array(scales, F32)], mode=mode, consts=(1,))
        f.case("Resize", [f.normal(6), np.array((1.5,), F32)], mode="nearest", consts=(1,))
        f.case("Resize", [f.normal(1, 1, 5, 6), np.array((1, 1, 0.6, 2), F32)], mode="nearest", consts=(1,))
        f.case("Resize", [f.normal(1, 1, 5, 6), np.array((1, 1, 3, 0.4), F32)], mode="nearest", consts=(1,))
        f.case("Resize", [f.normal(2, 3, 2), np.array((2, 1, 3), F32)], mode="nearest", consts=(1,))
        return
    none = np.array([], F32) if v < 13 else None
    for how in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"):
        for mode in ("nearest", "linear", "cubic"):
            for sizes in ((1, 2, 6, 8), (1, 2, 5, 2), (1, 2, 1, 1)):
                f.case("Resize", [x, none, none, np.array(sizes, I64)], mode=mode, coordinate_transformation_mode=how, consts=(1, 2, 3) if v < 13 else (3,))
    for scales in ((1, 1, 2, 2), (1, 1, 0.5, 1.5)):
        for nearest in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
            f.case("Resize", [x, none, np.array(scales, F32)], nearest_mode=nearest, consts=(1, 2) if v < 13 else (2,))
        f.case("Resize", [x, none, np.array(scales, F32)], mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1, consts=(1, 2) if v < 13 else (2,))
    roi = np.array([0, 0, 0.2, -0.1, 1, 1, 0.9, 1.2], F32)
    f.case("Resize", [x, roi, none, i64(1, 2, 4, 5)], mode="linear", coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=7.0, consts=(1, 2, 3) if v < 13 else (1, 3))
    f.case("Resize", [f.normal(1, 2, 5), none, np.array((1, 1, 1.6), F32)], mode="linear", consts=(1, 2) if v < 13 else (2,))
    f.case("Resize", [f.normal(1, 1, 2, 3, 2), none, np.array((1, 1, 2, 1, 2), F32)], mode="linear", consts=(1, 2) if v < 13 else (2,))
    f.case("Resize", [f.whole(np.uint8, 1, 2, 3, 3), none, np.array((1, 1, 2, 2), F32)], consts=(1, 2) if v < 13 else (2,))
    if v >= 19:
        for policy in ("stretch", "not_larger", "not_smaller"):
            f.case("Resize", [x, None, None, i64(7, 6)], axes=[2, 3], keep_aspect_ratio_policy=policy, mode="linear", consts=(3,))
        for mode in ("linear", "cubic"):
            f.case("Resize", [f.normal(1, 1, 6, 8), None, np.array((0.5, 0.6), F32)], axes=[2, 3], antialias=1, mode=mode, consts=(2,))
        f.case("Resize", [x, None, np.array((2, 1.5), F32)], axes=[3, 2], coordinate_transformation_mode="half_pixel_symmetric", mode="linear", consts=(2,))


@family(20)
def sampling(f, v):
    for mode in ("linear", "nearest", "cubic"):
        for padding in ("zeros", "border", "reflection"):
            if mode == "cubic" and padding == "border":
                continue
            for corners in (0, 1):
                f.case("GridSample", [f.normal(1, 2, 3, 4), f.between(-1.4, 1.4, 1, 2, 3, 2)], mode=mode, padding_mode=padding, align_corners=corners)
    for mode in ("linear", "nearest"):
        f.case("GridSample", [f.normal(2, 1, 2, 3, 4), f.between(-1.2, 1.2, 2, 2, 1, 3, 3)], mode=mode)
    for corners in (0, 1):
        f.case("AffineGrid", [f.normal(2, 2, 3), i64(2, 1, 3, 4)], align_corners=corners, consts=(1,))
        f.case("AffineGrid", [f.normal(1, 3, 4), i64(1, 1, 2, 3, 2)], align_corners=corners, consts=(1,))
    f.case("Col2Im", [f.normal(1, 8, 6), i64(3, 4), i64(2, 2)], consts=(1, 2))
    f.case("Col2Im", [f.bits(2, 8, 2) & f.bits(2, 8, 2), i64(2, 3), i64(2, 2)], consts=(1, 2))
    f.case("Col2Im", [f.bits(1, 3, 4) & f.bits(1, 3, 4), i64(5), i64(3)], pads=[0, 1], consts=(1, 2))


@family(20)
def signal(f, v):
    def dft(x, length=None, axis=1, **attrs):
        f.case("DFT", [x, None if length is None else np.array(length, I64), np.array(axis, I64)], consts=(2,) if length is None else (1, 2), **attrs)

    for n in (1, 2, 5, 8, 12):
        dft(f.normal(1, n, 1))
        dft(f.normal(2, n, 2))
        dft(f.normal(1, n, 2), inverse=1)
        dft(f.normal(1, n, 1), onesided=1)
    dft(f.normal(1, 6, 1), length=9)
    dft(f.normal(1, 6, 2), length=4, inverse=1)
    dft(f.normal(2, 3, 4, 1), axis=2)
    dft(f.normal(1, 5, 3, 2, kind=F64), axis=1)
    for onesided in (0, 1):
        f.case("STFT", [f.normal(1, 16, 1), np.array(3, I64), f.normal(6)], onesided=onesided, consts=(1, 2))
        f.case("STFT", [f.normal(2, 12, 1), np.array(4, I64), None, np.array(5, I64)], onesided=onesided, consts=(1, 3))
    f.case("STFT", [f.normal(1, 12, 2), np.array(2, I64), f.normal(4), np.array(4, I64)], onesided=0, consts=(1, 2, 3))
    for op in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        for periodic in (0, 1):
            f.case(op, [np.array(9, np.int32)], periodic=periodic, consts=(0,))
        f.case(op, [np.array(4, I64)], output_datatype=TensorProto.DOUBLE, consts=(0,))
        for periodic in (0, 1):
            f.case(op, [np.array(1, I64)], periodic=periodic, consts=(0,))
    f.case("MelWeightMatrix", [np.array(n, k) for n, k in ((4, I64), (32, I64), (8000, I64), (100, F32), (3500, F32))], consts=(0, 1, 2, 3, 4))


# -- quantization, losses, boxes ----------------------------------------------------------------------------------


@family(10, 21)
def quantization(f, v):
    x = f.normal(2, 3, 4, scale=20)
    ties = np.array([-1.5, -0.5, 0.5, 1.5, 2.5, 1e9, -1e9, np.inf, -np.inf], F32)
    kinds = (np.uint8, np.int8) + ((np.uint16, np.int16) if v >= 21 else ())
    one = np.array(1, F32)
    for kind in kinds:
        zero = np.array(3, kind)
        f.case("QuantizeLinear", [x, np.array(0.25, F32), zero], consts=(1, 2))
        f.case("QuantizeLinear", [x, np.array(0.25, F32), zero])
        f.case("QuantizeLinear", [ties, one, zero], consts=(1, 2))
        f.case("DequantizeLinear", [f.whole(kind, 2, 3), np.array(0.25, F32), zero], consts=(1, 2))
        if v >= 13:
            f.case("QuantizeLinear", [x, f.between(0.1, 1, 3), f.between(0, 9, 3, kind=kind)], axis=-2, consts=(1, 2))
            f.case("DequantizeLinear", [f.whole(kind, 2, 3, 4), f.between(0.1, 1, 4), f.between(0, 9, 4, kind=kind)], axis=2)
        if v >= 21:
            f.case("QuantizeLinear", [x, f.between(0.1, 1, 2, 3, 2), f.between(0, 9, 2, 3, 2, kind=kind)], axis=2, block_size=2)
            f.case("DequantizeLinear", [f.whole(kind, 2, 5), f.between(0.1, 1, 2, 3), f.between(0, 9, 2, 3, kind=kind)], axis=1, block_size=2, consts=(1, 2))
            f.case("QuantizeLinear", [x, np.array(0.5, F32)], output_dtype=helper.np_dtype_to_tensor_dtype(np.dtype(kind)), consts=(1,))
    f.case("QuantizeLinear", [x, np.array(0.5, F32)], consts=(1,))
    f.case("DequantizeLinear", [f.between(-900, 900, 5, kind=np.int32), np.array(0.125, F32)], consts=(1,))
    if v >= 21:
        for kind in (ml_dtypes.int4, ml_dtypes.uint4):
            f.case("DequantizeLinear", [f.between(0, 7, 6, kind=np.int8).astype(kind), np.array(0.5, F32), np.array(1, kind)], reference="onnx")
        for kind in (ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2):
            f.case("QuantizeLinear", [x, np.array(0.5, F32), np.array(0, kind)], reference="onnx")
            f.case("DequantizeLinear", [f.normal(6).astype(kind), np.array(0.5, F32)], reference="onnx")
    if v >= 11:
        for y in (x, np.abs(x), -np.abs(x), np.zeros((2, 2), F32)):
            f.case("DynamicQuantizeLinear", [y], 3)
    a, b = f.whole(np.uint8, 3, 7), f.whole(np.int8, 7, 5)
    f.case("MatMulInteger", [a, b])
    f.case("MatMulInteger", [a, b, np.array(120, np.uint8), np.array(-3, np.int8)], consts=(1, 2, 3))
    f.case("MatMulInteger", [f.whole(np.uint8, 2, 3, 4), f.whole(np.uint8, 4, 2), None, f.whole(np.uint8, 2)], consts=(1, 3))
    s, t, z = np.array(0.05, F32), np.array(0.4, F32), np.array(100, np.uint8)
    f.case("QLinearMatMul", [a, s, z, f.whole(np.uint8, 7, 5), s, z, t, z], consts=(1, 2, 4, 5, 6, 7))
    f.case("QLinearMatMul", [a, s, z, f.whole(np.uint8, 7, 5), s, z, t, z], consts=(1, 2, 3, 4, 5, 6, 7))
    image = f.whole(np.uint8, 1, 3, 6, 5)
    for attrs in ({}, dict(pads=[1, 1, 1, 1]), dict(strides=[2, 1], pads=[0, 1, 1, 0]), dict(dilations=[2, 1])):
        f.case("ConvInteger", [image, f.whole(np.uint8, 4, 3, 2, 2), z], consts=(1, 2), **attrs)
        f.case("QLinearConv", [image, s, z, f.whole(np.uint8, 4, 3, 2, 2), s, z, t, z, f.between(-500, 500, 4, kind=np.int32)], consts=(1, 2, 3, 4, 5, 6, 7, 8), **attrs)
        f.case("QLinearConv", [image, s, z, f.whole(np.int8, 3, 1, 2, 2), f.between(0.01, 0.1, 3), np.zeros(3, np.int8), t, z], group=3, consts=(1, 2, 3, 4, 5, 6, 7), **attrs)
    if v >= 21: # an optimizer writes defaults out
        f.case("QuantizeLinear", [x, np.array(0.5, F32), np.array(3, np.int8)], output_dtype=TensorProto.UNDEFINED, block_size=0, consts=(1, 2))
        f.case("QuantizeLinear", [x, np.array(0.5, F32)], output_dtype=TensorProto.UNDEFINED, consts=(1,))


@family(12)
def loss(f, v):
    for reduction in ("mean", "sum", "none"):
        for op, outputs in (("NegativeLogLikelihoodLoss", 1), ("SoftmaxCrossEntropyLoss", 2)):
            f.case(op, [f.normal(4, 3), i64(0, 2, 1, 2)], outputs, reduction=reduction)
            f.case(op, [f.normal(4, 3), np.array([0, 2, 1, 2], np.int32), f.between(0.1, 2, 3)], reduction=reduction)
            f.case(op, [f.normal(4, 3), i64(0, 2, 7, 2)], reduction=reduction, ignore_index=7)
            f.case(op, [f.normal(2, 3, 2, 2), f.between(0, 2, 2, 2, 2, kind=I64), f.between(0.1, 2, 3)], reduction=reduction, ignore_index=1)


@family(11)
def boxes(f, v):
    corners = f.between(0, 1, 2, 6, 4)
    scores = np.round(f.between(0, 1, 2, 2, 6), 2)
    limits = dict(most=i64(2), iou=np.array([0.3], F32), least=np.array([0.4], F32))
    for wanted in ((), ("most",), ("most", "iou"), ("most", "iou", "least")):
        for center in (0, 1):
            ins = [limits[k] for k in wanted]
            f.case("NonMaxSuppression", [corners, scores] + ins, center_point_box=center)
            f.case("NonMaxSuppression", [corners, scores] + ins, center_point_box=center, consts=tuple(range(2, 2 + len(ins))))
    f.case("NonMaxSuppression", [corners, scores, None, limits["iou"]])
    f.case("NonMaxSuppression", [corners, scores, i64(9), None, limits["least"]])
    same = np.tile(np.array([0, 0, 1, 1], F32), (1, 3, 1))
    f.case("NonMaxSuppression", [same, np.ones((1, 1, 3), F32), i64(3), np.array([0.5], F32)])
    f.case("NonMaxSuppression", [same, np.ones((1, 1, 3), F32), i64(3), np.array([1.0], F32)])


if __name__ == "__main__":
    main(sys.argv)
