#!/usr/bin/env python3
"""Makes further folders of tests/variations, in the way of ml_cases.py: com.microsoft's newer operators.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/ms_cases.py tests/variations [NAME...]
Where ONNX Runtime has no kernel for CPUs, `want` is what its documentation of the operator says, by NumPy.
"""
import sys

import numpy as np

from ml_cases import MS, Family

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


FAMILIES = {"gated": gated, "position": position, "transforms": transforms}

if __name__ == "__main__":
    for name, make in FAMILIES.items():
        if len(sys.argv) == 2 or name in sys.argv[2:]:
            make().write(sys.argv[1])
