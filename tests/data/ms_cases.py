#!/usr/bin/env python3
"""Makes further folders of tests/variations, in the way of ml_cases.py: com.microsoft's newer operators.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/ms_cases.py tests/variations [NAME...]
Where ONNX Runtime has no kernel for CPUs, `want` is what its documentation of the operator says, by NumPy.
"""
import sys

import numpy as np

import onnx
from ml_cases import ML, MS, Family
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

rng = np.random.default_rng(5)
F16, F32 = np.float16, np.float32


def real(*shape, kind=F32, scale=1.0):
    return (scale * rng.standard_normal(shape)).astype(kind)


def sigmoid(x):
    return 1 / (1 + np.exp(-np.float64(x)))


def gated():
    f = Family("ms_gated", MS, 1)
    for kind, tol in ((F32, 1e-5), (F16, 4e-3)):
        for shape, c, act in (((2, 3, 8), 8, "silu"), ((2, 3, 8), 4, "sigmoid"), ((5, 6), 2, "swish"), ((1, 1, 4), 1, "silu")):
            f.case("GatedRMSNorm", [real(*shape, kind=kind), real(c, kind=kind), real(*shape, kind=kind)], tol=tol, activation=act, epsilon=1e-3)
        f.case("BranchwiseRMSNorm", [real(2, 3, 4, kind=kind), real(3, 4, kind=kind)], tol=tol)
        f.case("BranchwiseRMSNorm", [real(2, 3, 4, kind=kind), real(4)], tol=tol)
        f.case("BranchwiseRMSNorm", [real(2, 12, kind=kind), real(12, kind=kind)], tol=tol, num_branches=3)
        f.case("BranchwiseRMSNorm", [real(2, 5, 12, kind=kind)], tol=tol, num_branches=4, epsilon=0.1)
        for shape, alpha in (((3, 4), 1.0), ((2, 1, 5), 0.7), ((), -2.0)):
            f.case("ScaledSiLU", [real(*shape, kind=kind)], tol=tol, alpha=alpha)
        f.case("ScaledSiLU", [real(3, 4, kind=kind), np.array(1.702, F32)], tol=tol)
        for x, mix, n in (((2, 3, 4), (2, 3), 0), ((2, 3, 4), (2, 3, 1), 0), ((2, 3, 4), (2, 3, 4), 0), ((2, 5, 12), (2, 5, 12), 3), ((2, 5, 12), (2, 5, 3), 3)):
            f.case("HyperConnectionPreMix", [real(*x, kind=kind), real(*mix, kind=kind)], tol=tol, num_branches=n, reduction_scale=0.5)
        f.case("HyperConnectionPostMix", [real(2, 3, 4, kind=kind), real(2, 4, kind=kind), real(2, 3), real(2, 3, 3)], tol=tol)
        f.case("HyperConnectionPostMix", [real(2, 3, 4, kind=kind), real(2, 4, kind=kind), real(2, 3, 4, kind=kind)], tol=tol)
        f.case("HyperConnectionPostMix", [real(2, 12, kind=kind), real(2, 4, kind=kind), real(2, 3, 1, kind=kind), real(2, 3, 3, kind=kind)], tol=tol, num_branches=3)
        f.case("GatedAdd", [real(2, 3, 4, kind=kind), real(2, 3, 4, kind=kind), real(2, 3, 1, kind=kind)], tol=tol)
        f.case("LinearAttentionGate", [real(2, 3, 4, kind=kind), real(4), real(4), real(2, 3, 4, kind=kind)], outputs=2, tol=tol)
        f.case("LinearAttentionGate", [40 * real(2, 3, 4, kind=kind), real(4), real(4)], tol=tol)
        f.case("EngramGate", [real(2, 3, 2, 4, kind=kind), real(2, 3, 2, 4, kind=kind), real(2, 3, 4, kind=kind), real(2, 4, kind=kind), real(2, 4, kind=kind), real(2, 4, kind=kind)], outputs=2, tol=tol)
    g, u = real(3, 5, scale=3), real(3, 5, scale=3)
    for alpha, beta, limit in ((1.0, 0.0, 0.0), (1.702, 1.0, 2.0)):
        a, b = (np.minimum(g, limit), np.clip(u, -limit, limit)) if limit else (g, u)
        want = (a * sigmoid(alpha * a) * (b + beta)).astype(F32)
        attrs = dict(activation_alpha=alpha, activation_beta=beta, limit=limit)
        f.case("SwiGLU", [g, u], want=[want], **attrs)
        f.case("SwiGLU", [np.concatenate([g, u], 1)], want=[want], **attrs)
    return f


def halved(x):
    return np.concatenate([-x[..., x.shape[-1] // 2:], x[..., :x.shape[-1] // 2]], -1)


def bucket(distance, buckets, most, both):
    """T5's, in float."""
    first = 0
    if both:
        buckets //= 2
        first, distance = buckets * (distance > 0), abs(distance)
    else:
        distance = max(-distance, 0)
    few = buckets // 2
    if distance < few:
        return first + distance
    far = np.log(F32(distance) / F32(few)) / np.log(F32(most / few)) * F32(buckets - few)
    return first + min(few + int(far), buckets - 1)


def position():
    f = Family("ms_position", MS, 1)
    cache = [np.cos(real(20, 4)), np.sin(real(20, 4))]
    ids = rng.integers(0, 20, (3, 2, 5))
    for layout, sections in ((0, [2, 1, 1]), (0, [4, 0, 0]), (0, [0, 1, 3]), (1, [2, 1, 1]), (1, [4, 0, 0])):
        for inter in (0, 1):
            f.case("MRotaryEmbedding", [real(2, 3, 5, 8), ids] + cache, mrope_layout=layout, mrope_section=sections, interleaved=inter)
    f.case("MRotaryEmbedding", [real(2, 5, 24), ids] + cache, mrope_section=[1, 2, 1], num_heads=3)
    f.case("MRotaryEmbedding", [real(2, 5, 36), ids] + cache, mrope_section=[1, 2, 1], num_heads=3, rotary_embedding_dim=8)
    f.case("MRotaryEmbedding", [real(2, 5, 24, kind=F16), ids] + [c.astype(F16) for c in cache], mrope_section=[1, 2, 1], num_heads=3, tol=4e-3)
    angles = real(2, 5, 8)
    c, s = np.cos(angles).astype(F16)[:, None], np.sin(angles).astype(F16)[:, None]
    q, k = real(2, 3, 5, 8, kind=F16), real(2, 3, 5, 8, kind=F16)
    f.case("GemmaRotaryEmbedding", [angles, q, halved(q), k, halved(k)], outputs=2, tol=4e-3, want=[q * c + halved(q) * s, k * c + halved(k) * s])
    for buckets, most, both, lq, lk in ((8, 16, 0, 5, 40), (32, 128, 1, 60, 60), (4, 6, 1, 9, 3), (3, 5, 0, 8, 8)):
        table = real(buckets, 2)
        want = np.zeros((1, 2, lq, lk), F32)
        for i in range(lq):
            for j in range(lk):
                want[0, :, i, j] = table.reshape(2, buckets)[:, bucket(j - i, buckets, most, both)]
        f.case("RelativePositionBias", [table, np.array(lq), np.array(lk)], consts=(1, 2), want=[want], max_distance=most, is_bidirectional=both)
    x, xb, w, b, eco, rel = real(2, 4, 6), real(6), real(3, 8), real(8), real(1, 2, 1, 1), real(1, 2, 4, 4)
    g = ((x + xb).reshape(2, 4, 2, 3).transpose(0, 2, 1, 3) @ w + b).reshape(2, 2, 4, 2, 4).sum(-1)
    u, r = sigmoid(g[..., :1]), sigmoid(g[..., 1:])
    f.case("GatedRelativePositionBias", [x, xb, rel, w, b, eco], want=[((u * (r * eco - 1) + 2) * rel).astype(F32)], num_heads=2)
    return f


def transforms():
    f = Family("ms_transforms", MS, 1)
    for shape, n in (((6,), 1), ((2, 3, 8), 1), ((3, 4, 6), 2), ((2, 3, 4), 3), ((2,), 1)):
        x = real(*shape)
        y = np.fft.rfftn(x, axes=tuple(range(-n, 0)))
        y = np.stack([y.real, y.imag], -1).astype(F32)
        f.case("Rfft", [x], want=[y], signal_ndim=n)
        f.case("Irfft", [y], want=[x], signal_ndim=n)
    for a, b in (((3, 2), (3, 2)), ((2, 3, 2), (3, 2)), ((1, 4, 2), (3, 1, 2))):
        x, y = real(*a), real(*b)
        u, v = x[..., 0] + 1j * x[..., 1], y[..., 0] + 1j * y[..., 1]
        f.case("ComplexMul", [x, y], want=[np.stack([(u * v).real, (u * v).imag], -1).astype(F32)])
        v = v.conj()
        f.case("ComplexMulConj", [x, y], want=[np.stack([(u * v).real, (u * v).imag], -1).astype(F32)])
    for what in ([1, 2], [1, np.inf], [1, -np.inf], [np.nan, 2]):
        for attrs in ({}, {"isinf_only": 1}, {"isnan_only": 1}):
            x = np.array(what, F32)
            want = not (np.isinf(x).any() and "isnan_only" not in attrs or np.isnan(x).any() and "isinf_only" not in attrs)
            f.case("IsAllFinite", [real(2, 2), x], want=[np.array(want)], **attrs)
    b = rng.integers(-128, 127, (2, 3, 4))
    for axes, keep in (([1], 1), ([0, -1], 0), ([0, 1, 2], 0)):
        f.case("ReduceSumInteger", [b.astype(np.int8)], want=[b.sum(tuple(axes), keepdims=bool(keep)).astype(np.int32)], axes=axes, keepdims=keep)
    f.case("ReduceSumInteger", [(b + 128).astype(np.uint8)], want=[(b + 128).sum(1).astype(np.uint32)], axes=[1], keepdims=0)
    f.case("SampleOp", [real(2, 3)])
    return f


def packed(q, bits):
    """Along the last axis, the first item in a byte's lowest bits."""
    per = 8 // bits
    q = np.concatenate([q, np.zeros(q.shape[:-1] + (-q.shape[-1] % per,), q.dtype)], -1)
    q = q.reshape(q.shape[:-1] + (-1, per))
    return sum(q[..., i].astype(np.uint32) << (bits * i) for i in range(per)).astype(np.uint8)


def swiglu(g, u, alpha=1.0, beta=0.0, limit=np.inf):
    g, u = np.minimum(g, limit), np.clip(u, -limit, limit)
    return g * sigmoid(alpha * g) * (u + beta)


def mixture(x, router, w1, b1, w2, b2, w3, b3, k, act, normalize):
    """By the documentation, in double."""
    p = np.exp(router - router.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    y = np.zeros_like(x, np.float64)
    for t, row in enumerate(x):
        best = np.argsort(-p[t], kind="stable")[:k]
        total = p[t, best].sum() if normalize else 1
        for e in best:
            h = act(w1[e] @ row + b1[e], w3[e] @ row + b3[e])
            y[t] += p[t, e] / total * (w2[e] @ h + b2[e])
    return y.astype(F32)


def experts():
    f = Family("ms_experts", MS, 1)
    for act, k, norm, shape in (("relu", 1, 0, (5, 8)), ("gelu", 2, 1, (2, 3, 8)), ("silu", 2, 0, (4, 8)), ("identity", 4, 1, (1, 2, 8))):
        t, n = int(np.prod(shape[:-1])), 4
        weights = [real(n, 6, 8), real(n, 6), real(n, 8, 6), real(n, 8)]
        f.case("MoE", [real(*shape), real(t, n, scale=2)] + weights, k=k, activation_type=act, normalize_routing_weights=norm)
        f.case("MoE", [real(*shape), real(t, n, scale=2), weights[0], None, weights[2]], k=k, activation_type=act, normalize_routing_weights=norm)
    for attrs in ({}, dict(activation_alpha=1.702, activation_beta=1.0, swiglu_limit=1.5)):
        f.case("MoE", [real(5, 8), real(5, 4), real(4, 12, 8), real(4, 12), real(4, 8, 6)], k=2, activation_type="swiglu", swiglu_fusion=1, **attrs)
    x, r, w1, b1, w2, b2, w3, b3 = real(4, 8), real(4, 3), real(3, 6, 8), real(3, 6), real(3, 8, 6), real(3, 8), real(3, 6, 8), real(3, 6)
    want = mixture(x, r, w1, b1, w2, b2, w3, b3, 2, swiglu, True)
    f.case("MoE", [x, r, w1, b1, w2, b2, w3, b3], want=[want], k=2, activation_type="swiglu", normalize_routing_weights=1)
    both = [np.concatenate([w1, w3], 1), np.concatenate([b1, b3], 1), w2, b2]
    f.case("MoE", [x, r] + both, want=[want], k=2, activation_type="swiglu", swiglu_fusion=2, normalize_routing_weights=1)
    want = mixture(x, r, w1, b1, w2, b2, w3, b3, 1, lambda g, u: g * sigmoid(g) * u, False)
    f.case("MoE", [x, r, w1, b1, w2, b2, w3, b3], want=[want], k=1, activation_type="silu")
    for bits, block, zeros, act in ((4, 0, 0, "silu"), (8, 0, 0, "silu"), (4, 16, 0, "relu"), (4, 16, 1, "gelu"), (8, 16, 1, "identity"), (2, 16, 0, "silu"), (4, 0, 1, "silu"), (4, 0, 0, "swiglu"), (8, 16, 0, "swiglu")):
        n, hidden, inner = 3, 32, 16
        rows = [2 * inner if act == "swiglu" else inner, hidden]
        ins = [real(4, hidden), real(4, n, scale=2)]
        points = []
        for m, columns in zip(rows, (hidden, inner)):
            blocks = columns // block if block else 1
            ins += [packed(rng.integers(0, 2**bits, (n, m, columns)), bits), (0.02 + 0.1 * rng.random((n, m, blocks) if block else (n, m))).astype(F32), real(n, m)]
            points.append(packed(rng.integers(0, 2**bits, (n, m, blocks) if block else (n, m)), bits))
        if zeros:
            ins += [None, None, None] + points
        # ONNX Runtime multiplies some of these in 8 bits
        f.case("QMoE", ins, consts=range(2, len(ins)), tol=2e-2, k=2, activation_type=act, expert_weight_bits=bits, normalize_routing_weights=1, swiglu_fusion=int(act == "swiglu"), weights_prepacked=0, **(dict(block_size=block) if block else {}))
    return f


def byte(*shape):
    return rng.integers(0, 256, shape).astype(np.uint8)


def words():
    f = Family("ms_words", MS, 1)
    for size in (1, 2, 3, 5, 9):
        f.case("NGramRepeatBlock", [rng.integers(0, 4, (3, 8)), real(3, 6)], ngram_size=size)
    for kind in (np.int32, np.uint32, np.int64, np.uint64, F32, np.float64):
        for attrs in ({}, {"positive": 0}, {"seed": 42}):
            x = np.array([[0, 1, 7], [123456789, 3, 65536]]).astype(kind)
            x = -x - (np.dtype(kind).kind == "f") * kind(0.25) if np.dtype(kind).kind in "if" else x
            f.case("MurmurHash3", [x], **attrs)
    seq = np.array([[3, 4, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6], [7, 0, 0, 0, 0, 0], [2, 2, 2, 2, 0, 0]], np.int32)
    for window, filters in ((2, 3), (3, 5), (6, 1)):
        f.case("WordConvEmbedding", [seq, real(filters, 1, window, 4), real(filters), real(9, 4)], conv_window_size=window, embedding_size=filters, char_embedding_size=4)
    f.case("WordConvEmbedding", [seq, real(2, 1, 1, 4), real(2), real(9, 4)])
    return f


def four_bits():
    f = Family("ms_four_bits", MS, 1)
    for kind in (0, 1):
        for n, k, block, shape in ((4, 32, 16, (3,)), (3, 48, 16, (2, 2)), (5, 64, 64, ()), (2, 16, 32, (1,)), (7, 128, 32, (4,)), (3, 33, 16, (2,)), (1, 16, 16, (2, 1, 3)), (6, 16, 128, (2,))):
            b, absmax = byte((n * k + 1) // 2), rng.random((n * k + block - 1) // block).astype(F32)
            f.case("MatMulBnb4", [real(*shape, k), b, absmax], consts=(1, 2), N=n, K=k, block_size=block, quant_type=kind)
    return f


def last(a):
    return np.moveaxis(a, 1, -1)


def channels_last():
    """Convolutions have ai.onnx's numbers with the channels moved: ONNX Runtime has no such kernels for CPUs."""
    f, plain = Family("ms_channels_last", MS, 1), Family("", "", 17)
    for kind in (np.uint8, np.int8):
        for shape, attrs in (((1, 5, 6, 3), {}), ((2, 4, 4, 1), dict(pads=[1, 0, 1, 1])), ((1, 7, 5, 2), dict(strides=[2, 3], ceil_mode=1)), ((1, 6, 6, 4), dict(dilations=[2, 1])), ((1, 5, 5, 2), dict(auto_pad="SAME_LOWER", strides=[2, 2]))):
            f.case("NhwcMaxPool", [rng.integers(np.iinfo(kind).min, np.iinfo(kind).max, shape).astype(kind)], kernel_shape=[2, 3], **attrs)
    for x, w, attrs in (((1, 3, 5, 6), (4, 3, 3, 2), {}), ((2, 4, 5, 5), (4, 1, 3, 3), dict(group=4, pads=[1, 1, 1, 1])), ((1, 2, 7, 4), (3, 2, 1, 1), dict(strides=[2, 1])), ((1, 2, 6, 6), (2, 2, 2, 2), dict(dilations=[2, 3]))):
        x, w, b = real(*x), real(*w), real(w[0])
        y = plain.reference("Conv", [x, w, b], 1, attrs)[0]
        f.case("NhwcConv", [last(x), w, b], want=[last(y)], **attrs)
        f.case("NhwcFusedConv", [last(x), w, b], want=[np.maximum(last(y), 0)], activation="Relu", **attrs)
    return f


def quantized_more():
    f = Family("ms_quantized_more", MS, 1)
    s, t, u = np.array(0.03, F32), np.array(0.0217, F32), np.array(0.0531, F32)  # ratios without ties
    for kind, zero in ((np.uint8, 7), (np.int8, -3)):
        i, z = np.iinfo(kind), np.array(zero, kind)
        q = lambda *shape: rng.integers(i.min, i.max, shape, endpoint=True).astype(kind)
        for a, b in (((), (3,)), ((2, 1, 4), (3, 1)), ((1,), (2, 2))):
            f.case("QLinearAdd", [q(*a), s, z, q(*b), t, z, u, z], consts=(1, 2, 4, 5, 6, 7))
        for axis, opset in ((-1, 13), (1, 13), (1, 11), (0, 11)):
            f.case("QLinearSoftmax", [q(2, 3, 4), u, z, np.array(1 / 256, F32), np.array(i.min, kind)], axis=axis, opset=opset, consts=(1, 2, 3, 4))
        f.case("QLinearAveragePool", [q(1, 2, 5, 5), s, z, t, z], kernel_shape=[3, 2], strides=[2, 1], consts=(1, 2, 3, 4))
    return f


def classic_more():
    f = Family("ml_linear_more", ML, 1)
    for post in ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"):
        f.case("LinearRegressor", [real(3, 2)], coefficients=[0.5, -1.0, 2.0, 0.25], intercepts=[0.1, -0.2], targets=2, post_transform=post)
    f.case("LinearRegressor", [real(1, 3)], coefficients=[0.5, -1.0, 2.0])
    f.case("LinearClassifier", [rng.integers(-3, 3, (4, 2))], outputs=2, coefficients=[0.5, -1.0, 2.0, 0.25, 1.0, 1.0], intercepts=[0.1, -0.2, 0.0], classlabels_ints=[5, -1, 3], post_transform="SOFTMAX")
    return f


def inverse():
    f = Family("ms_inverse", MS, 1)
    for shape in ((1, 1), (3, 3), (2, 4, 4), (1, 2, 2, 2), (2, 1, 3, 3)):
        f.case("Inverse", [real(*shape) + 4 * np.eye(shape[-1], dtype=F32)])
    return f


TRAINING = "ai.onnx.preview.training"


def optimizers():
    """The numbers are ONNX's evaluator's."""
    f = Family("optimizers", TRAINING, 1)

    def case(op, ins, outputs, **attrs):
        node = helper.make_node(op, [f"i{k}" for k in range(len(ins))], [f"o{k}" for k in range(outputs)], domain=TRAINING, **attrs)
        infos = [helper.make_tensor_value_info(f"i{k}", helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for k, a in enumerate(ins)]
        m = helper.make_model(helper.make_graph([node], "g", infos, [helper.make_value_info(f"o{k}", onnx.TypeProto()) for k in range(outputs)]), opset_imports=f.opsets())
        want = ReferenceEvaluator(m).run(None, {f"i{k}": a for k, a in enumerate(ins)})
        f.case(op, ins, outputs, want=[np.asarray(w, F32) for w in want], **attrs)

    for step in (0, 3):
        r, t = np.array(0.1, F32), np.array(step, np.int64)
        for shape in ((), (3,), (2, 3)):
            x, g, v, h = real(*shape), real(*shape), real(*shape), np.abs(real(*shape))
            case("Momentum", [r, t, x, g, v], 2, alpha=0.9, beta=0.8, mode="standard", norm_coefficient=0.01)
            case("Momentum", [r, t, x, g, v], 2, alpha=0.95, beta=1.0, mode="nesterov", norm_coefficient=0.0)
            case("Adagrad", [r, t, x, g, h], 2, decay_factor=0.1, epsilon=1e-5, norm_coefficient=0.02)
            case("Adam", [r, t, x, g, v, h], 3, alpha=0.95, beta=0.1, epsilon=1e-7, norm_coefficient=0.01)
        case("Adam", [r, t, x, real(2), g, real(2), v, real(2), h, np.abs(real(2))], 6, norm_coefficient_post=0.9)
    return f


def as_text():
    """Operators that the compiler defines in ONNX's text."""
    f = Family("ms_text", MS, 1)
    for x in ([2, 1, 1, 3, 4, 3], [0.5], [-1.0, np.inf, -1.0, 0.0, -np.inf]):
        f.case("Unique", [np.array(x, F32)], outputs=3)
    for shape in ((4, 6), (1, 5, 3), (1, 1), (3, 1), (1, 4), (7, 7), (1, 9, 12)):
        f.case("DynamicTimeWarping", [rng.integers(0, 4, shape).astype(F32)])
        f.case("DynamicTimeWarping", [real(*shape)])
    for kind, tol in ((F32, 1e-5), (F16, 4e-3)):
        for attrs in (dict(n_group=4, topk_group=2, top_k=2), dict(top_k=3), dict(n_group=2, group_topk=3, top_k=2, router_sentinel=-7.0), dict(n_group=4, topk_group=3, group_topk=9, top_k=5)):
            f.case("MoEGroupRouter", [real(2, 3, 8, kind=kind), real(8)], tol=tol, **attrs)
    name, whole = "DecoderMaskedMultiHeadAttention", lambda *a: np.array(a, np.int32)
    for rows, heads, depth, room, place in ((2, 2, 2, 5, 3), (1, 3, 4, 4, 0), (4, 1, 3, 6, 5)):
        past, n = lambda: real(rows, heads, room, depth), heads * depth
        word, shown = lambda: real(rows, 1, n), (rng.random((rows, place + 1)) < 0.7).astype(np.int32)
        shown[:, -1] = 1
        attrs = dict(num_heads=heads, past_present_share_buffer=1)
        f.case(name, [word(), word(), word(), None, None, past(), past(), whole(place)], outputs=3, **attrs)
        f.case(name, [word(), word(), word(), shown, None, past(), past(), whole(place)], outputs=3, scale=0.3, **attrs)
        f.case(name, [word(), word(), word(), shown, real(1, heads, 1, place + 1), past(), past(), whole(place), None, None, real(3 * n)], outputs=3, mask_filter_value=-2.0, **attrs)
        width = 2 if rows % 2 == 0 else 1
        for bias in (None, real(3 * n)):
            f.case(name, [word(), word(), word(), None, None, past(), past(), whole(place), whole(width), rng.integers(0, width, (rows // width, width, room)).astype(np.int32), bias], outputs=3, **attrs)
        f.case(name, [word(), past(), past()], num_heads=heads)
        f.case(name, [word(), past(), past(), (rng.random((rows, room)) < 0.6).astype(np.int32), None, None, None, None, None, None, real(3 * n)], num_heads=heads)

    def mha(ins, outputs, **attrs):
        f.case("MultiHeadAttention", ins, outputs, want=f.reference("MultiHeadAttention", ins, outputs, attrs, TensorProto.FLOAT), **attrs)

    for rows, width, heads, depth, room, place, words in ((2, 2, 2, 3, 5, 3, 1), (6, 3, 1, 4, 6, 5, 1), (4, 2, 2, 2, 4, 0, 1), (2, 1, 2, 4, 7, 3, 2), (1, 1, 1, 2, 5, 0, 3)):
        n, past = heads * depth, lambda: real(rows, heads, room, depth)
        fresh, beams = lambda: real(rows, words, n), rng.integers(0, width, (rows // width, width, room)).astype(np.int32)
        before = lambda: real(rows, heads, place, depth)
        for rest in ([whole(place)], [whole(place), beams]):
            if len(rest) == 1 or words == 1:
                mha([fresh(), fresh(), fresh(), real(3 * n), None, None, past(), past(), *rest], 4, num_heads=heads, unidirectional=1, scale=0.4)
                mha([fresh(), fresh(), fresh(), None, None, None, past(), past(), *rest], 3, num_heads=heads)
            mha([fresh(), past(), past(), real(3 * n), None, None, None, None, *rest], 4, num_heads=heads)
        mha([fresh(), fresh(), fresh(), None, None, real(1, heads, words, place + words), before(), before()], 4, num_heads=heads, unidirectional=1)
    return f


def deltas():
    """Recurrences over texts in a row, and hashes of words."""
    f = Family("ms_deltas", MS, 1)
    draw = np.random.default_rng(11)

    def some(*shape, kind=F32):
        return draw.normal(size=shape).astype(kind)

    for words, texts, starts in (((6,), 2, None), ((2, 3), 2, None), ((7,), 3, np.array([0, 2, 3, 7], np.int32))):
        for heads, values, rule, kind, each in ((2, 4, "gated_delta", F32, 1), (2, 2, "gated_delta", F16, 4), (1, 3, "linear", F32, 1), (2, 2, "gated", F32, 4), (1, 2, "delta", F16, 1)):
            key = some(*words, heads, 4)
            key = (key / np.sqrt((key * key).sum(-1, keepdims=True))).astype(kind)
            decay = -np.abs(some(*words, values, *([4] * (each > 1)))) if "gated" in rule else None
            beta = draw.random((*words, values)).astype(F32) if "delta" in rule else None
            ins = [some(*words, heads, 4, kind=kind), key, some(*words, values, 3, kind=kind), starts, decay, beta, some(texts, values, 3, 4)]
            tol = 1e-4 if kind == F32 else 4e-3
            f.case("GatedDeltaNet", ins, outputs=2, tol=tol, update_rule=rule)
            if starts is not None or len(words) > 1:
                f.case("GatedDeltaNet", ins[:6], outputs=2, tol=tol, update_rule=rule, scale=0.5)
            for gate in ("softplus", "kda") if decay is not None else ():
                more = {"beta_activation": "sigmoid"} if beta is not None else {}
                f.case("GatedDeltaNet", ins + [some(values), some(*decay.shape[len(words):])], outputs=2, tol=tol, update_rule=rule, gate_activation=gate, qk_l2_norm=1, gate_lower_bound=-2.0, **more)
    for taps, dilation, kind in ((4, 1, F32), (3, 2, F32), (2, 3, F16), (2, 4, F32)):
        kept = (taps - 1) * dilation
        for last in (0, 1):
            shape, past = ((2, 5, 3), (2, kept, 3)) if last else ((2, 3, 5), (2, 3, kept))
            ins = [some(*shape, kind=kind), some(3, 1, taps, kind=kind), some(3, kind=kind), some(*past, kind=kind)]
            attrs = dict(dilation=dilation, channels_last=last, ndim=1, outputs=2, tol=1e-4 if kind == F32 else 4e-3)
            f.case("CausalConvWithState", ins, activation="silu", **attrs)
            f.case("CausalConvWithState", ins[:2], **attrs)
    f.case("CausalConvWithState", [some(1, 4, 2, 3), some(6, 1, 3), None, some(1, 4, 2, 3)], outputs=2, dilation=2, channels_last=1)
    for kind, most in ((np.int32, 2**30), (np.int64, 2**61)):
        for many, heads in ((2, 1), (4, 3)):
            words, factors = draw.integers(0, 9, (2, 6)).astype(kind), draw.integers(1, most, many).astype(kind)
            sizes, past = draw.integers(5, 97, (many - 1) * heads).astype(kind), draw.integers(0, 9, (2, many - 1)).astype(kind)
            begin, end = draw.integers(0, 500, (many - 1) * heads).astype(kind), np.array(3, kind)
            segments = np.sort(draw.integers(0, 3, (2, 6)).astype(np.int32), 1)
            for rest in ([], [past], [None, begin], [past, begin, end], [None, None, end, segments], [past, None, None, segments]):
                for reset in (0, 1):
                    f.case("NGramHashMapping", [words, factors, sizes] + rest, outputs=2, max_ngram_size=many, n_head_per_ngram=heads, pad_id=7, reset_on_eos=reset)
    return f


FAMILIES = {"as_text": as_text, "words": words, "four_bits": four_bits, "experts": experts, "gated": gated, "position": position, "transforms": transforms,
            "channels_last": channels_last, "quantized_more": quantized_more, "classic_more": classic_more, "inverse": inverse, "optimizers": optimizers, "deltas": deltas}


if __name__ == "__main__":
    for name, make in FAMILIES.items():
        if len(sys.argv) == 2 or name in sys.argv[2:]:
            make().write(sys.argv[1])
