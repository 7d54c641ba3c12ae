#!/usr/bin/env python3
"""Makes further folders of tests/variations, in the way of ml_cases.py: operators of images and matrices.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/numeric_cases.py tests/variations
"""
import math
import os
import sys

import numpy as np
import onnx
import onnx.printer
from onnx import TensorProto, helper

from ml_cases import MS, Family

rng = np.random.default_rng(2)


def f32(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def regions():
    f = Family("regions", "", 16)
    x = f32(2, 3, 9, 11)
    # inside, across every edge, outside, empty, upside down
    rois = np.array([[1, 1, 6, 5], [-3, -2, 4, 4], [5, 4, 20, 15], [30, 30, 40, 40], [2, 2, 2, 2], [7, 6, 3, 1], [0.3, 0.7, 9.9, 8.2]], np.float32)
    images = np.array([0, 1, 1, 0, 0, 1, 0], np.int64)
    for mode in ("avg", "max"):
        for half in ("half_pixel", "output_half_pixel"):
            for ratio in (0, 2):
                f.case("RoiAlign", [x, rois, images], mode=mode, coordinate_transformation_mode=half, sampling_ratio=ratio, output_height=3, output_width=4, spatial_scale=0.75)
    f.case("RoiAlign", [x.astype(np.float64), rois.astype(np.float64), images], output_height=2, output_width=2)
    named = np.concatenate([images[:, None].astype(np.float32), rois], 1)
    f.case("MaxRoiPool", [x, named], pooled_shape=[3, 4], spatial_scale=0.75)
    f.case("MaxRoiPool", [x, named], pooled_shape=[1, 7])
    f.case("MaxRoiPool", [-np.abs(x), named], pooled_shape=[5, 2], spatial_scale=1.25)
    for shape in ((3, 3), (2, 4, 4), (2, 1, 1, 1), (5, 5)):
        f.case("Det", [f32(*shape)])
    f.case("Det", [np.array([[0, 1], [1, 0]], np.float32)])
    f.case("Det", [np.array([[1, 2], [2, 4]], np.float32)])
    return f


def deformed():
    f = Family("deformed", "", 22)
    for n, c, o, group, sets, stride, pad, dilation, masked in (
        (1, 1, 1, 1, 1, 1, 0, 1, False), (2, 4, 6, 2, 1, 1, 1, 1, True), (1, 4, 2, 1, 2, 2, 1, 1, True), (2, 6, 3, 3, 3, 1, 2, 2, False),
    ):
        h, w, kh, kw = 7, 8, 3, 2
        oh = (h + 2 * pad - dilation * (kh - 1) - 1) // stride + 1
        ow = (w + 2 * pad - dilation * (kw - 1) - 1) // stride + 1
        mask = rng.random((n, sets * kh * kw, oh, ow)).astype(np.float32) if masked else None
        ins = [f32(n, c, h, w), f32(o, c // group, kh, kw), 3 * f32(n, sets * kh * kw * 2, oh, ow), f32(o) if masked or group > 1 else None, mask]
        while ins[-1] is None:
            ins.pop()
        f.case("DeformConv", ins, group=group, offset_group=sets, strides=[stride] * 2, pads=[pad] * 4, dilations=[dilation] * 2)
    return f


def transposed():
    """ConvTranspose of constant weights, which becomes Conv: kernels above, at and below the stride."""
    f = Family("conv_transpose", "", 13)
    for x, w, bias, kw in (
        ((1, 3, 4, 5), (3, 2, 4, 4), True, dict(strides=[2, 2], pads=[1, 1, 1, 1])),
        ((2, 3, 4, 5), (3, 4, 3, 3), True, dict(strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])),
        ((1, 2, 4, 3), (2, 3, 2, 2), False, dict(strides=[2, 2])),
        ((1, 2, 4, 3), (2, 3, 5, 1), False, dict(strides=[3, 2], pads=[2, 0, 1, 0])),
        ((1, 4, 5, 5), (4, 3, 3, 2), True, dict(strides=[2, 3], group=2)),
        ((1, 6, 5, 4), (6, 1, 4, 4), False, dict(strides=[2, 2], group=6, pads=[0, 1, 2, 3])),
        ((1, 2, 4, 4), (2, 3, 3, 3), True, dict(pads=[1, 1, 1, 1])),
        ((1, 2, 4, 4), (2, 3, 3, 2), True, dict(dilations=[2, 3], pads=[1, 0, 2, 1])),
        ((1, 2, 4, 4), (2, 3, 3, 2), True, dict(dilations=[2, 3], strides=[2, 2])),
        ((1, 2, 3, 3), (2, 2, 2, 3), True, dict(strides=[4, 2], output_padding=[3, 1])),
        ((1, 2, 5, 4), (2, 2, 3, 3), False, dict(strides=[1, 2], pads=[3, 0, 2, 4])),
        ((1, 2, 5, 4), (2, 2, 3, 4), False, dict(strides=[2, 2], auto_pad="SAME_UPPER")),
        ((1, 2, 5, 4), (2, 2, 3, 5), False, dict(strides=[2, 3], auto_pad="SAME_LOWER")),
        ((1, 2, 5, 4), (2, 2, 3, 3), True, dict(strides=[3, 2], output_shape=[16, 8])),
        ((2, 4, 7), (4, 3, 5), True, dict(strides=[3], pads=[1, 2])),
        ((1, 2, 3, 2, 4), (2, 3, 2, 3, 2), True, dict(strides=[2, 1, 2], pads=[0, 1, 0, 1, 0, 1])),
    ):
        f.case("ConvTranspose", [f32(*x), f32(*w)] + ([f32(w[1] * kw.get("group", 1))] if bias else []), consts=(1, 2), **kw)
    return f


def inverses():
    f = Family("ms_numeric", MS, 1)
    for shape in ((1, 1), (3, 3), (2, 4, 4), (2, 2, 5, 5)):
        f.case("Inverse", [f32(*shape)], tol=1e-3)
    f.case("Inverse", [rng.standard_normal((3, 3))])
    f.case("Inverse", [np.array([[0, 2, 0], [1, 0, 0], [0, 0, 4]], np.float32)])
    f.case("ExpandDims", [f32(2, 3), np.int32(1)], consts=(1,))
    f.case("ExpandDims", [f32(2, 3), np.int32(-1)], consts=(1,))
    for kind in (np.float32, np.float64):
        for metric in ("euclidean", "sqeuclidean"):
            f.case("CDist", [f32(3, 4).astype(kind), f32(5, 4).astype(kind)], metric=metric)
    boxes = np.array([[0, 0, 1, 1], [0.2, 0.1, 0.7, 0.9], [0.9, 0.8, 0.1, 0.3], [-0.5, 0.5, 1.5, 2]], np.float32)
    which = np.array([0, 1, 1, 0], np.int32)
    for mode in ("bilinear", "nearest"):
        f.case("CropAndResize", [f32(2, 3, 7, 6), boxes, which, np.array([4, 5], np.int32)], consts=(3,), mode=mode, extrapolation_value=9.0)
    f.case("CropAndResize", [f32(2, 1, 5, 5), boxes, which, np.array([1, 3], np.int32)], consts=(3,))
    f.case("ConvTransposeWithDynamicPads", [f32(1, 2, 5, 4), f32(2, 3, 3, 3), np.array([1, 0, 1, 2], np.int64)], consts=(2,), strides=[2, 1])
    for kind in (np.int8, np.uint8):
        f.case("NhwcMaxPool", [rng.integers(-100, 100, (1, 6, 5, 3)).astype(kind)], kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1])
    f.case("MatMulInteger16", [rng.integers(-3000, 3000, (2, 3, 4)).astype(np.int16), rng.integers(-3000, 3000, (4, 5)).astype(np.int16)])
    f.case("UnfoldTensor", [f32(2, 9, 3)], dim=1, size=4, step=2)
    f.case("UnfoldTensor", [f32(7)], size=7)
    f.case("GatherBlockQuantized", [rng.integers(0, 256, (6, 16)).astype(np.uint8), np.array([[0, 5, -1]], np.int64), f32(6, 2)], consts=(0, 2), block_size=16, bits=4)
    f.case("GatherBlockQuantized", [rng.integers(0, 256, (6, 32)).astype(np.uint8), np.array([3, 1], np.int32), f32(6, 2), rng.integers(0, 256, (6, 2)).astype(np.uint8)], consts=(0, 2, 3), block_size=16, bits=8)
    f.case("GatherBlockQuantized", [rng.integers(0, 256, (6, 32)).astype(np.uint8), np.int64(2), f32(6, 4), rng.integers(0, 256, (6, 2)).astype(np.uint8)], consts=(0, 2, 3), block_size=16, bits=4)
    for heads, kv, rule in ((2, 2, "gated_delta"), (4, 2, "linear"), (2, 1, "delta"), (4, 4, "gated")):
        b, t, dk, dv = 2, 5, 4, 3
        decay = -rng.random((b, t, kv * dk if rule == "gated" else kv)).astype(np.float32) if "gated" in rule else None
        beta = rng.random((b, t, kv)).astype(np.float32) if "delta" in rule else None
        ins = [f32(b, t, heads * dk), f32(b, t, kv * dk), f32(b, t, kv * dv), f32(b, kv, dk, dv), decay, beta]
        while ins[-1] is None:
            ins.pop()
        f.case("LinearAttention", ins, outputs=2, q_num_heads=heads, kv_num_heads=kv, update_rule=rule)
    f.case("CausalConvWithState", [f32(2, 3, 6), f32(3, 1, 4), f32(3), f32(2, 3, 3)], outputs=2, activation="silu")
    return f


def group_query():
    f = Family("ms_group_query", MS, 1)
    heads, kv, size, most = 4, 2, 16, 16
    cos, sin = (np.asarray(g(np.arange(most)[:, None] / 10 ** np.arange(size // 2)), np.float32) for g in (np.cos, np.sin))

    def case(batch, length, past, lengths, packed=False, bias=False, sink=False, norm=False, rotary=False, outputs=3, **attrs):
        total = past + length
        ins = [None] * 16
        if packed:
            ins[0] = f32(batch, length, (heads + 2 * kv) * size)
        else:
            ins[0], ins[1], ins[2] = f32(batch, length, heads * size), f32(batch, length, kv * size), f32(batch, length, kv * size)
        ins[3], ins[4] = f32(batch, kv, past, size), f32(batch, kv, past, size)
        ins[5], ins[6] = np.array(lengths, np.int32), np.int32(total)
        if rotary:
            ins[7], ins[8] = cos, sin
        if bias:
            ins[10] = f32(1, heads, length, total)
        if sink:
            ins[11] = f32(heads)
        attrs.update(num_heads=heads, kv_num_heads=kv, do_rotary=int(rotary))
        want = None
        if outputs == 1:  # of samples that end sooner the rest of the cache is nobody's
            want = f.reference("GroupQueryAttention", [None if a is None else np.asarray(a) for a in ins[:9]], 3, attrs)[:1]
        if norm:  # ONNX Runtime has no kernel for that: it gets what is normalized already
            ins[14], ins[15] = f32(size), f32(size)
            done = [None if a is None else np.asarray(a) for a in ins[:9]]
            for k, weight in ((0, ins[14]), (1, ins[15])):
                x = ins[k].reshape(batch, length, -1, size)
                done[k] = (weight * x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)).reshape(ins[k].shape)
            want = f.reference("GroupQueryAttention", done, outputs, attrs)
        while ins[-1] is None:
            ins.pop()
        f.case("GroupQueryAttention", ins, outputs=outputs, consts=(5, 6, 7, 8), want=want, **attrs)

    case(1, 6, 0, [5])
    case(2, 5, 0, [4, 4], rotary=True)
    case(2, 1, 7, [7, 7], rotary=True)
    case(2, 1, 7, [7, 4], rotary=True, outputs=1)
    case(1, 3, 5, [7], rotary=True)
    case(1, 4, 0, [3], packed=True, rotary=True, rotary_interleaved=1)
    case(2, 1, 6, [6, 6], packed=True)
    case(1, 7, 0, [6], local_window_size=3)
    case(1, 1, 7, [7], local_window_size=4, scale=0.5)
    case(1, 5, 0, [4], softcap=2.0)
    case(1, 5, 0, [4], bias=True)
    case(2, 1, 5, [5, 5], bias=True)
    case(1, 5, 0, [4], smooth_softmax=1)
    case(2, 1, 5, [5, 5], sink=True)
    case(1, 6, 0, [5], sink=True, local_window_size=2)
    case(1, 5, 0, [4], norm=True, rotary=True)
    return f


def biased():
    """Operators that ONNX Runtime has for GPUs only: by numpy."""
    f = Family("ms_biased", MS, 1)
    erf = np.vectorize(math.erf)
    gelu = lambda x: x * 0.5 * (1 + erf(x / math.sqrt(2)))
    fast_gelu = lambda x: x * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    softmax = lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    case = lambda op, ins, want, **kw: f.case(op, ins, want=[np.asarray(w, np.float32) for w in want], outputs=len(want), **kw)
    x, b, s = f32(2, 5, 8), f32(8), f32(2, 5, 8)
    case("BiasAdd", [x, b, s], [x + b + s])
    case("BiasSplitGelu", [x, b], [(x + b)[..., :4] * gelu((x + b)[..., 4:])])
    case("BiasDropout", [x, b, s], [x + b + s])
    case("BiasDropout", [x, b], [x + b])
    w = f32(8, 3)
    case("GemmFastGelu", [x, w, f32(3) * 0], [fast_gelu(x @ w)])
    case("GemmFastGelu", [x, w], [fast_gelu(x @ w)])
    case("FusedMatMulActivation", [x, w], [np.maximum(2 * (x @ w), 0)], alpha=2.0, activation="Relu")
    y, m = f32(2, 3, 4, 5), f32(2, 1, 1, 5)
    case("BiasSoftmax", [y, m], [softmax(y + m)], axis=3, is_inner_broadcast=1)
    case("BiasSoftmax", [y, m], [softmax((y + m).reshape(2, 3, 20)).reshape(y.shape)], axis=2, is_inner_broadcast=1)
    for last in (0, 1):
        y, gamma, beta = f32(2, 3, 4, 6), f32(6), f32(6)
        skip, bias = f32(2, 6), f32(6)
        for op in ("GroupNorm", "SkipGroupNorm"):
            v = y + skip[:, None, None] + bias if op[0] == "S" else y
            g = v.reshape(2, 12, 3, 2)
            g = (g - g.mean((1, 3), keepdims=True)) / np.sqrt(g.var((1, 3), keepdims=True) + 1e-5)
            want = g.reshape(y.shape) * gamma + beta
            want = want / (1 + np.exp(-want))
            turn = lambda a: a if last else a.transpose(0, 3, 1, 2)
            extra = [skip, bias] if op[0] == "S" else []
            case(op, [turn(y), gamma, beta] + extra, [turn(want)] + ([turn(v)] if extra else []), groups=3, activation=1, channels_last=last)
    a, c = rng.integers(0, 256, (3, 1)).astype(np.uint8), rng.integers(0, 256, 4).astype(np.uint8)
    f.case("MulInteger", [a, np.uint8(100), c, np.uint8(3)], consts=(1, 3), want=[(a.astype(np.int32) - 100) * (c.astype(np.int32) - 3)])
    f.case("MulInteger", [a, None, c], want=[a.astype(np.int32) * c])
    table = f32(7, 3)
    case("TorchEmbedding", [table, np.array([[1, 6], [0, 2]], np.int64)], [table[[[1, 6], [0, 2]]]])
    return f


def gradient(top):
    """y = sigmoid(relu(x W + b) * tanh(v)) / exp(-u V'), and its derivatives by hand."""
    names, own = ["x", "w", "b", "v", "u", "m"], np.random.default_rng(3)
    x, w, b, v, u, m = ins = [own.standard_normal(s).astype(np.float32) for s in ((3, 4), (4, 5), 5, (1, 5), (3, 2), (5, 2))]
    node = helper.make_node
    nodes = [
        node("Gemm", ["x", "w", "b"], ["h"], alpha=0.5, beta=2.0), node("Relu", ["h"], ["r"]), node("Tanh", ["v"], ["t"]),
        node("Mul", ["r", "t"], ["p"]), node("Sigmoid", ["p"], ["s"]), node("Transpose", ["m"], ["mt"], perm=[1, 0]), node("MatMul", ["u", "mt"], ["q"]),
        node("Neg", ["q"], ["n"]), node("Exp", ["n"], ["e"]), node("Div", ["s", "e"], ["y"]),
        node("Gradient", names, ["d" + n for n in names], domain="ai.onnx.preview.training", xs=names, y="y"),
    ]
    h, t, e = 0.5 * x @ w + 2 * b, np.tanh(v), np.exp(-u @ m.T)
    r = np.maximum(h, 0)
    s = 1 / (1 + np.exp(-r * t))
    dp = s * (1 - s) / e
    dh, dq = dp * t * (h > 0), s / e
    wants = [s / e, 0.5 * dh @ w.T, 0.5 * x.T @ dh, 2 * dh.sum(0), (dp * r).sum(0, keepdims=True) * (1 - t * t), dq @ m, dq.T @ u]
    infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, a.shape) for n, a in zip(names, ins)]
    outs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, a.shape) for n, a in zip(["y"] + ["d" + n for n in names], wants)]
    model = helper.make_model(helper.make_graph(nodes, "gradient", infos, outs), ir_version=8, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.preview.training", 1)])
    d = os.path.join(top, "gradient")
    os.makedirs(d, exist_ok=True)
    with open(os.path.join(d, "model.onnxtxt"), "w", encoding="utf-8") as f:
        f.write(onnx.printer.to_text(model) + "\n")
    for kind, arrays in (("input", ins), ("output", wants)):
        for k, a in enumerate(arrays):
            np.save(os.path.join(d, f"{kind}_{k}.npy"), a.astype(np.float32))


if __name__ == "__main__":
    for make in (regions, deformed, transposed, inverses, group_query, biased):
        make().write(sys.argv[1])
    gradient(sys.argv[1])
