#!/usr/bin/env python3
"""Makes further folders of tests/variations, in the way of ml_cases.py: operators of images and matrices.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/numeric_cases.py tests/variations
"""
import sys

import numpy as np

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


def inverses():
    f = Family("ms_numeric", MS, 1)
    for shape in ((1, 1), (3, 3), (2, 4, 4), (2, 2, 5, 5)):
        f.case("Inverse", [f32(*shape)], tol=1e-3)
    f.case("Inverse", [rng.standard_normal((3, 3))])
    f.case("Inverse", [np.array([[0, 2, 0], [1, 0, 0], [0, 0, 4]], np.float32)])
    return f


if __name__ == "__main__":
    for make in (regions, deformed, inverses):
        make().write(sys.argv[1])
