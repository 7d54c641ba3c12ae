#!/usr/bin/env python3
"""Makes tests/variations/*: one model per family of operators, many cases in each, with the results of ONNX Runtime.

Needs onnx, onnxruntime, numpy. Run: python3 tests/data/ml_cases.py tests/variations

A case is one node with its own input; its result is compared with ONNX Runtime's inside the model, and the model's only
output says for each case whether they agree. Inputs are constants, plus something that is 0 but only known at run time,
so that nothing folds away.
"""
import os
import sys

import numpy as np
import onnx
import onnx.printer
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

onnxruntime.set_default_logger_severity(4)
ML, MS = "ai.onnx.ml", "com.microsoft"


class Family:
    def __init__(self, name, domain, version):
        self.name, self.domain, self.version = name, domain, version
        self.nodes, self.inits, self.flags = [], [], []

    def const(self, name, a):
        a = np.asarray(a)
        if a.dtype.kind in "US":
            t = helper.make_tensor(name, TensorProto.STRING, a.shape, [s.encode() for s in a.ravel().tolist()])
        else:
            t = numpy_helper.from_array(a, name)
        self.inits.append(t)
        return name

    def node(self, op, ins, out, **attrs):
        self.nodes.append(helper.make_node(op, ins, [out], **attrs))
        return out

    def at_run_time(self, p, a):
        """The constant a, plus what is 0 at run time."""
        a = np.asarray(a)
        c = self.const(p + "c", a)
        if a.dtype.kind in "US":
            other = self.const(p + "other", np.array("?"))
            return self.node("Where", ["never", other, c], p + "x")
        kind = helper.np_dtype_to_tensor_dtype(a.dtype)
        return self.node("Add", [c, self.node("Cast", ["zero"], p + "z", to=kind)], p + "x")

    def case(self, op, inputs, outputs=1, tol=1e-4, consts=(), want=None, **attrs):
        """consts: positions of inputs that stay constants; want: results, where ONNX Runtime has no kernel."""
        p = f"c{len(self.flags)}_"
        arrays = [None if i is None else np.asarray(i) for i in inputs]
        want = [np.asarray(w) for w in want] if want else self.reference(op, arrays, outputs, attrs)
        ins = []
        for k, a in enumerate(arrays):
            q = f"{p}{k}"
            ins.append("" if a is None else self.const(q + "c", a) if k in consts else self.at_run_time(q, a))
        outs = [f"{p}y{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(op, ins, outs, domain=self.domain, **attrs))
        good = []
        for k, w in enumerate(want):
            q = f"{p}w{k}"
            e = self.const(q, w)
            if w.dtype.kind in "USiub":
                same = self.node("Equal", [outs[k], e], q + "e")
            else:
                # |y - w| <= tol (1 + |w|), or both the same infinity
                d = self.node("Abs", [self.node("Sub", [outs[k], e], q + "s")], q + "d")
                bound = self.const(q + "b", (tol * (1 + np.abs(w))).astype(w.dtype))
                near = self.node("LessOrEqual", [d, bound], q + "n")
                same = self.node("Or", [near, self.node("Equal", [outs[k], e], q + "q")], q + "e")
            if not w.ndim:
                good.append(self.node("Cast", [same], q + "i", to=TensorProto.INT32))
                continue
            shape = self.node("Equal", [self.node("Shape", [outs[k]], q + "h"), self.const(q + "k", np.array(w.shape, np.int64))], q + "hs")
            for name in (same, shape):
                i = self.node("Cast", [name], name + "i", to=TensorProto.INT32)
                good.append(self.node("ReduceMin", [i], name + "m", keepdims=0))
        flag = good[0]
        for g in good[1:]:
            flag = self.node("Mul", [flag, g], g + "a")
        self.flags.append(self.node("Unsqueeze", [flag, "axis"], p + "flag"))

    def reference(self, op, arrays, outputs, attrs, kind=None):
        """kind: the outputs' element type, where ONNX Runtime does not infer it."""
        given = [(f"i{k}", a) for k, a in enumerate(arrays)]
        infos = [helper.make_tensor_value_info(n, TensorProto.STRING if a.dtype.kind in "US" else helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in given if a is not None]
        node = helper.make_node(op, ["" if a is None else n for n, a in given], [f"o{k}" for k in range(outputs)], domain=self.domain, **attrs)
        typed = helper.make_tensor_type_proto(kind, None) if kind else onnx.TypeProto()
        outs = [helper.make_value_info(f"o{k}", typed) for k in range(outputs)]
        m = helper.make_model(helper.make_graph([node], "g", infos, outs), ir_version=8, opset_imports=self.opsets())
        s = onnxruntime.InferenceSession(m.SerializeToString(), providers=["CPUExecutionProvider"])
        got = s.run(None, {n: a.astype(object) if a.dtype.kind in "US" else a for n, a in given if a is not None})
        return [np.array(g.tolist()) if g.dtype == object else g for g in got]

    def opsets(self):
        if not self.domain:
            return [helper.make_opsetid("", self.version)]
        return [helper.make_opsetid("", 17), helper.make_opsetid(self.domain, self.version)]

    def write(self, top):
        zero, int64 = helper.make_tensor_value_info("zero", TensorProto.FLOAT, []), np.int64
        out = helper.make_tensor_value_info("ok", TensorProto.INT32, [len(self.flags)])
        self.const("axis", np.array([0], int64))
        one = self.const("one", np.float32(1))
        self.nodes.insert(0, helper.make_node("Greater", ["zero", one], ["never"]))
        self.node("Concat", self.flags, "ok", axis=0)
        g = helper.make_graph(self.nodes, self.name, [zero], [out], self.inits)
        m = helper.make_model(g, ir_version=8, opset_imports=self.opsets())
        d = os.path.join(top, self.name)
        os.makedirs(d, exist_ok=True)
        with open(os.path.join(d, "model.onnxtxt"), "w", encoding="utf-8") as f:
            f.write(onnx.printer.to_text(m) + "\n")
        np.save(os.path.join(d, "input_0.npy"), np.float32(0))
        np.save(os.path.join(d, "output_0.npy"), np.ones(len(self.flags), np.int32))
        print(f"{self.name}: {len(self.flags)} cases")


rng = np.random.default_rng(1)


def f32(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def nodes_of(trees):
    """trees: nested (feature, mode, value, yes, no[, missing]) or leaf lists of (target, weight)."""
    n = {k: [] for k in ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids", "missing_value_tracks_true")}
    w = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
    for t, tree in enumerate(trees):
        count = 0

        def walk(x):
            nonlocal count
            i, at = count, len(n["treeids"])
            count += 1
            for k in n:
                n[k].append(0)
            n["treeids"][at], n["nodeids"][at] = t, i
            if isinstance(x, list):
                n["modes"][at], n["values"][at] = "LEAF", 0.0
                for target, weight in x:
                    for k, v in zip(w, (t, i, target, weight)):
                        w[k].append(v)
                return i
            n["featureids"][at], n["modes"][at], n["values"][at] = x[0], "BRANCH_" + x[1], x[2]
            n["missing_value_tracks_true"][at] = x[5] if len(x) > 5 else 0
            n["truenodeids"][at] = walk(x[3])
            n["falsenodeids"][at] = walk(x[4])
            return i

        walk(tree)
    return {"nodes_" + k: v for k, v in n.items()}, w


def forest(classes, count, depth, modes=("LEQ",), dense=True, negative=False, missing=False):
    def grow(d):
        if d == 0:
            some = range(classes) if dense else [int(rng.integers(classes))]
            return [(c, float(np.float32(rng.random() - (0.5 if negative else 0)))) for c in some]
        return (int(rng.integers(3)), modes[int(rng.integers(len(modes)))], float(np.float32(rng.integers(-2, 3) / 2)), grow(d - 1), grow(d - 1), int(rng.integers(2)) if missing else 0)

    return [grow(depth) for _ in range(count)]


def trees():
    f = Family("ml_trees", ML, 3)
    x = (np.round(f32(6, 3) * 2) / 2).astype(np.float32)

    def classify(data, trees, labels, x=x, **kw):
        n, w = nodes_of(trees)
        f.case("TreeEnsembleClassifier", [x], 2, **n, **{"class_" + k: v for k, v in w.items()}, **labels, **kw)

    def regress(trees, x=x, **kw):
        n, w = nodes_of(trees)
        f.case("TreeEnsembleRegressor", [x], 1, **n, **{"target_" + k: v for k, v in w.items()}, **kw)

    three, two = {"classlabels_int64s": [4, 7, 9]}, {"classlabels_strings": ["no", "yes"]}
    classify(x, forest(3, 4, 3), three)
    classify(x, forest(3, 4, 3), {"classlabels_strings": ["a", "b", "c"]}, post_transform="SOFTMAX")
    classify(x, forest(3, 2, 2), three, post_transform="SOFTMAX_ZERO")
    classify(x, forest(3, 2, 2, negative=True), three, post_transform="LOGISTIC")
    classify(x, forest(3, 2, 2), three, base_values=[0.5, -0.25, 0.125])
    for mode in ("LT", "GTE", "GT", "EQ", "NEQ"):
        classify(x, forest(3, 2, 3, modes=(mode,)), three)
    classify(x, forest(1, 3, 2), two)
    classify(x, forest(1, 3, 2, negative=True), two)
    classify(x, forest(1, 3, 2, negative=True), two, post_transform="LOGISTIC")
    classify(x, forest(1, 3, 2, negative=True), two, post_transform="LOGISTIC", base_values=[0.3])
    classify(x.astype(np.float64), forest(3, 2, 2), three, x=x.astype(np.float64))
    classify(x, forest(3, 2, 2), three, x=np.round(x).astype(np.int64))
    for aggregate in ("SUM", "AVERAGE", "MIN", "MAX"):
        regress(forest(1, 3, 3), n_targets=1, aggregate_function=aggregate)
        regress(forest(3, 3, 2, dense=False), n_targets=3, aggregate_function=aggregate)
        # ONNX Runtime leaves out the base value of a target that no leaf has: here all have some.
        regress(forest(3, 3, 2), n_targets=3, aggregate_function=aggregate, base_values=[1.0, 2.0, 3.0])
    regress(forest(2, 3, 3, negative=True), n_targets=2, post_transform="SOFTMAX")
    regress([[(0, 1.5)], [(0, 0.25)]], n_targets=1)
    hole = x.copy()
    hole[1, :], hole[3, 1] = np.nan, np.nan
    for mode in ("LEQ", "LT", "GTE", "GT"):
        regress(forest(1, 3, 3, modes=(mode,), missing=True), x=hole, n_targets=1)
    return f


def unscored():
    """Classes that not every leaf scores: the label is of those that a row's leaves do."""
    f = Family("ml_trees_unscored", ML, 3)
    x = np.array([[a, b] for a in range(4) for b in range(4)], np.float32)

    def chain(column, leaves):
        return leaves[0] if len(leaves) == 1 else (column, "LEQ", 3.0 - len(leaves) + 1, leaves[0], chain(column, leaves[1:]))

    some = chain(0, [[(0, -1.0)], [(1, -2.0)], [(2, 0.5)], [(0, -1.0), (2, -3.0)]])
    other = chain(1, [[(2, -0.25)], [(1, 0.5)], [(1, -0.5), (2, -4.0)], [(0, -2.0), (1, -2.0), (2, -2.0)]])
    every = chain(1, [[(k, w) for k in range(3)] for w in (-1.0, 2.0, -3.0, -0.5)])
    labels = {"classlabels_strings": ["a", "b", "c"]}
    for trees, attrs in (([some], {}), ([other], {}), ([some, other], {}), ([some, every], {}), ([some], {"base_values": [-1.0, -2.0, -3.0]}), ([some, other], {"post_transform": "SOFTMAX"})):
        n, w = nodes_of(trees)
        f.case("TreeEnsembleClassifier", [x], 2, **n, **{"class_" + k: v for k, v in w.items()}, **labels, **attrs)
    return f


def linear():
    f = Family("ml_linear", ML, 1)
    x = f32(5, 3)
    lin = dict(coefficients=f32(9).tolist(), intercepts=[0.1, -0.2, 0.3])
    for post in ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO"):
        f.case("LinearClassifier", [x], 2, classlabels_ints=[1, 5, 2], post_transform=post, **lin)
    f.case("LinearClassifier", [x], 2, classlabels_strings=["x", "y", "z"], **lin)
    for post in ("NONE", "LOGISTIC"):
        f.case("LinearClassifier", [x], 2, classlabels_ints=[3, 8], coefficients=f32(3).tolist(), intercepts=[0.1], post_transform=post)
    f.case("LinearClassifier", [np.array([[1, 2, 3]], np.int64)], 2, classlabels_ints=[1, 5, 2], **lin)
    f.case("LinearRegressor", [x], coefficients=f32(3).tolist(), intercepts=[0.5])
    f.case("LinearRegressor", [x], coefficients=f32(6).tolist(), targets=2, post_transform="SOFTMAX")
    f.case("LinearRegressor", [x[0]], coefficients=f32(3).tolist())
    sv = dict(support_vectors=f32(12).tolist(), kernel_params=[0.5, 0.25, 3.0])
    for kind in ("LINEAR", "POLY", "RBF", "SIGMOID"):
        f.case("SVMRegressor", [x], coefficients=f32(4).tolist(), n_supports=4, rho=[0.2], kernel_type=kind, **sv)
        f.case("SVMClassifier", [x], 2, coefficients=f32(4).tolist(), vectors_per_class=[2, 2], rho=[0.1], classlabels_ints=[3, 4], kernel_type=kind, **sv)
    f.case("SVMRegressor", [x], coefficients=f32(4).tolist(), n_supports=4, rho=[0.0], one_class=1, kernel_type="RBF", **sv)
    many = dict(coefficients=f32(8).tolist(), vectors_per_class=[1, 2, 1], rho=[0.1, 0.2, -0.1], kernel_type="RBF", **sv)
    proba = dict(prob_a=[-1.0, -0.5, -2.0], prob_b=[0.1, 0.0, -0.1])
    for post in ("NONE", "SOFTMAX", "LOGISTIC"):
        f.case("SVMClassifier", [x], 2, classlabels_ints=[3, 4, 5], post_transform=post, **many)
    f.case("SVMClassifier", [x], 2, classlabels_strings=["p", "q", "r"], **many, **proba)
    plain = dict(kernel_type="LINEAR", kernel_params=[0.0, 0.0, 0.0], rho=[0.1])
    f.case("SVMClassifier", [x], 2, classlabels_ints=[3, 4, 5], coefficients=f32(9).tolist(), **plain)
    f.case("SVMClassifier", [x], 2, classlabels_ints=[3, 4], coefficients=f32(6).tolist(), **plain)
    return f


def features():
    f = Family("ml_features", ML, 1)
    x = f32(4, 3)
    f.case("Scaler", [x], offset=[0.5], scale=[2.0])
    f.case("Scaler", [x], offset=[0.5, 0.0, -1.0], scale=[2.0, 1.0, 0.5])
    f.case("Scaler", [np.array([[1, -2, 3]], np.int64)], offset=[0.5, 0.0, -1.0], scale=[2.0, 1.0, 0.5])
    f.case("Scaler", [x.astype(np.float64)], offset=[0.1], scale=[3.0])
    y = x.copy()
    y[2] = 0
    for norm in ("MAX", "L1", "L2"):
        f.case("Normalizer", [y], norm=norm)
        f.case("Normalizer", [x[0]], norm=norm)
    f.case("Binarizer", [x], threshold=0.25)
    f.case("Binarizer", [x])
    y = x.copy()
    y[1, 1], y[3, 0] = np.nan, np.nan
    f.case("Imputer", [y], imputed_value_floats=[1.0, 2.0, 3.0], replaced_value_float=float("nan"))
    f.case("Imputer", [y], imputed_value_floats=[9.0], replaced_value_float=float("nan"))
    f.case("Imputer", [np.array([[1, 2], [3, 1]], np.int64)], imputed_value_int64s=[7, 8], replaced_value_int64=1)
    f.case("FeatureVectorizer", [x, f32(4, 2)], inputdimensions=[3, 2])
    f.case("FeatureVectorizer", [x, np.array([[1], [2], [3], [4]], np.float32)], inputdimensions=[3, 1])
    f.case("ArrayFeatureExtractor", [x, np.array([[2, 0]], np.int64)], consts=(1,))
    f.case("ArrayFeatureExtractor", [x, np.array([1, 1, 2], np.int64)])
    f.case("ArrayFeatureExtractor", [np.array([["a", "b"], ["c", "d"]]), np.array([1], np.int64)])
    return f


def encoders():
    f = Family("ml_encoders", ML, 2)
    words, ints = np.array([["cat", "dog"], ["eel", "cat"]]), np.array([[3, 1], [2, 9]], np.int64)
    floats = np.array([0.5, -1.0, 7.0], np.float32)
    f.case("LabelEncoder", [words], keys_strings=["cat", "eel"], values_int64s=[10, 20], default_int64=-5)
    f.case("LabelEncoder", [words], keys_strings=["cat", "eel"], values_floats=[1.5, 2.5], default_float=-0.5)
    f.case("LabelEncoder", [words], keys_strings=["cat", "eel"], values_strings=["C", "E"], default_string="?")
    f.case("LabelEncoder", [ints], keys_int64s=[1, 2, 3], values_strings=["one", "two", "three"])
    f.case("LabelEncoder", [ints], keys_int64s=[9, 3, 1], values_floats=[0.9, 0.3, 0.1])
    f.case("LabelEncoder", [ints], keys_int64s=[9, 3, 1], values_int64s=[90, 30, 10])
    f.case("LabelEncoder", [ints], keys_int64s=[-1, 0, 1, 2], values_int64s=[5, 6, 7, 8], default_int64=0)
    f.case("LabelEncoder", [floats], keys_floats=[0.5, 7.0], values_strings=["half", "seven"])
    f.case("LabelEncoder", [floats], keys_floats=[0.5, 7.0], values_int64s=[1, 2])
    f.case("LabelEncoder", [np.array("dog")], keys_strings=["cat", "dog"], values_int64s=[1, 2])
    f.case("CategoryMapper", [words], cats_strings=["cat", "dog"], cats_int64s=[4, 5], default_int64=-1)
    f.case("CategoryMapper", [ints], cats_strings=["cat", "dog"], cats_int64s=[3, 2], default_string="none")
    f.case("OneHotEncoder", [words], cats_strings=["dog", "cat"], zeros=1)
    f.case("OneHotEncoder", [ints], cats_int64s=[1, 2, 3], zeros=1)
    f.case("OneHotEncoder", [floats], cats_int64s=[0, 7], zeros=1)
    f.case("OneHotEncoder", [np.array([1.0, 2.0])], cats_int64s=[2, 1], zeros=0)
    f.case("LabelEncoder", [np.array(["", "caf\u00e9"])], keys_strings=["caf\u00e9", ""], values_int64s=[1, 2])
    return f


def fused():
    f = Family("ms_fused", MS, 1)
    x = f32(2, 3, 4)
    f.case("Gelu", [x])
    f.case("BiasGelu", [x, f32(4)])
    f.case("FastGelu", [x])
    f.case("FastGelu", [x, f32(4)])
    f.case("QuickGelu", [x])
    f.case("QuickGelu", [x], alpha=1.0)
    g, b = f32(4), f32(4)
    f.case("SkipLayerNormalization", [x, f32(2, 3, 4), g, b])
    f.case("SkipLayerNormalization", [x, f32(2, 3, 4), g, None, f32(4)], epsilon=1e-3)
    f.case("SkipSimplifiedLayerNormalization", [x, f32(2, 3, 4), g, f32(4)], epsilon=1e-5)
    ids = np.array([[1, 2, 0], [3, 3, 1]], np.int32)
    f.case("EmbedLayerNormalization", [ids, ids % 2, f32(5, 4), f32(6, 4), f32(2, 4), g, b, np.array([[1, 1, 0], [1, 1, 1]], np.int32)], 2)
    f.case("EmbedLayerNormalization", [ids, None, f32(5, 4), f32(6, 4), None, g, b], 2)
    f.case("FusedMatMul", [f32(2, 3, 4), f32(2, 4, 3)], alpha=0.5)
    f.case("FusedMatMul", [f32(2, 4, 3), f32(2, 3, 4)], transA=1, transB=1)
    f.case("FusedMatMul", [f32(3, 2, 4), f32(2, 4, 5)], transBatchA=1)
    f.case("FusedGemm", [f32(3, 4), f32(4, 2), f32(2)], activation="Relu")
    f.case("FusedGemm", [f32(4, 3), f32(2, 4), f32(2)], activation="LeakyRelu", activation_alpha=0.25, transA=1, transB=1)
    f.case("FusedConv", [f32(1, 2, 5, 5), f32(3, 2, 3, 3), f32(3)], activation="Relu", pads=[1, 1, 1, 1], consts=(1, 2))
    f.case("FusedConv", [f32(1, 2, 5, 5), f32(3, 2, 3, 3), f32(3)], activation="Clip", activation_params=[0.0, 1.0], consts=(1, 2))
    w, wb = f32(4, 12), f32(12)
    f.case("Attention", [x, w, wb], num_heads=2, consts=(1, 2))
    f.case("Attention", [x, w, wb], num_heads=2, unidirectional=1, consts=(1, 2))
    f.case("Attention", [x, w, wb, np.array([[1, 1, 0], [1, 0, 1]], np.int32)], num_heads=2, consts=(1, 2))
    f.case("Attention", [x, w, wb, np.array([2, 3], np.int32)], num_heads=2, consts=(1, 2))
    f.case("Attention", [x, w, wb, None, f32(2, 2, 2, 5, 2)], 2, num_heads=2, unidirectional=1, consts=(1, 2))
    q, k, v = f32(2, 3, 4), f32(2, 5, 4), f32(2, 5, 4)
    f.case("MultiHeadAttention", [q, k, v], num_heads=2)
    f.case("MultiHeadAttention", [q, k, v, f32(12)], num_heads=2, scale=0.3)
    f.case("MultiHeadAttention", [q, f32(2, 2, 5, 2), f32(2, 2, 5, 2)], num_heads=2)
    f.case("MultiHeadAttention", [q, k, v, None, None, f32(2, 2, 3, 5)], num_heads=2)
    f.case("MultiHeadAttention", [q, f32(2, 3, 4), f32(2, 3, 4), None, None, None, f32(2, 2, 2, 2), f32(2, 2, 2, 2)], 3, num_heads=2)
    f.case("RotaryEmbedding", [f32(1, 3, 8), np.array([2], np.int64), f32(8, 2), f32(8, 2)])
    f.case("RotaryEmbedding", [f32(1, 2, 3, 4), np.array([[0, 2, 4]], np.int64), f32(8, 2), f32(8, 2)], interleaved=1)
    return f


def text():
    f = Family("text", "", 20)
    ints = np.array([[1, 1, 3, 3, 3, 7], [8, 6, 7, 5, 6, 8]], np.int64)
    pool = dict(ngram_counts=[0, 4], ngram_indexes=[0, 1, 2, 3, 4, 5, 6], pool_int64s=[2, 3, 5, 4, 5, 6, 7, 8, 6, 7])
    for mode in ("TF", "IDF", "TFIDF"):
        for skip in (0, 3):
            f.case("TfIdfVectorizer", [ints], mode=mode, min_gram_length=1, max_gram_length=2, max_skip_count=skip, weights=[0.5, 2.0, 1.5, 1.0, 3.0, 0.25, 4.0], **pool)
    f.case("TfIdfVectorizer", [ints.astype(np.int32)], mode="TF", min_gram_length=2, max_gram_length=2, max_skip_count=1, **pool)
    f.case("TfIdfVectorizer", [ints[0]], mode="TF", min_gram_length=1, max_gram_length=1, max_skip_count=0, **pool)
    words = np.array([["the", "cat", "the", "dog"], ["", "a", "cat", "cat"]])
    grams = dict(ngram_counts=[0, 3], ngram_indexes=[3, 0, 1, 2, 4], pool_strings=["the", "cat", "caf\u00e9", "the", "cat", "cat", "cat"])
    for lengths in ((1, 1), (1, 2), (2, 2)):
        for skip in (0, 1):
            f.case("TfIdfVectorizer", [words], mode="TF", min_gram_length=lengths[0], max_gram_length=lengths[1], max_skip_count=skip, **grams)
    f.case("Equal", [words, np.array(["the", "cat", "cat", "cat"])])
    f.case("Concat", [words, words], axis=1)
    f.case("StringConcat", [words, words[:, ::-1]])
    f.case("StringConcat", [words, np.array(["-", "", "+", "caf\u00e9"])])
    f.case("StringConcat", [np.array("<"), words])
    f.case("StringConcat", [words[:, :1], words[:1]])
    f.case("Reshape", [words, np.array([4, -1], np.int64)], consts=(1,))
    f.case("Transpose", [words])
    f.case("Where", [np.array([True, False, True, False]), words, np.array("other")], consts=(0,))
    f.case("Identity", [np.array("one")])
    f.case("Slice", [words, np.array([1], np.int64), np.array([3], np.int64), np.array([1], np.int64)], consts=(1, 2, 3))
    f.case("Tile", [words, np.array([1, 2], np.int64)], consts=(1,))
    return f


def quantized():
    f = Family("ms_quantized", MS, 1)
    s, t = np.float32(0.05), np.float32(0.11)

    def byte(kind, *shape):
        i = np.iinfo(kind)
        return rng.integers(i.min, i.max + 1, shape).astype(kind)

    for kind, z, p in ((np.uint8, np.uint8(130), np.uint8(7)), (np.int8, np.int8(-3), np.int8(40))):
        every = np.arange(256).astype(kind).reshape(1, 256)
        for op, y in (("QLinearAdd", t), ("QLinearMul", np.float32(0.7))):
            f.case(op, [every, s, z, byte(kind, 6, 1), t, p, y, z], consts=(1, 2, 4, 5, 6, 7))
        f.case("QLinearSigmoid", [every, s, z, np.float32(1 / 256), p], consts=(1, 2, 3, 4))
        f.case("QLinearLeakyRelu", [every, s, z, t, p], alpha=0.2, consts=(1, 2, 3, 4))
        f.case("QLinearConcat", [t, p, byte(kind, 2, 3), s, z, byte(kind, 2, 2), t, p], axis=1, consts=(0, 1, 3, 4, 6, 7))
        x = byte(kind, 1, 4, 5, 6)
        f.case("QLinearAveragePool", [x, s, z, s, z], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1, consts=(1, 2, 3, 4))
        f.case("QLinearGlobalAveragePool", [x, s, z, s, p], consts=(1, 2, 3, 4))
        f.case("QLinearGlobalAveragePool", [x, s, z, s, p], channels_last=1, consts=(1, 2, 3, 4))
        f.case("QLinearWhere", [np.array([[True], [False]]), byte(kind, 2, 3), s, z, byte(kind, 2, 3), t, p, t, z], consts=(0, 2, 3, 5, 6, 7, 8))
    a, b = byte(np.uint8, 3, 8), byte(np.int8, 8, 4)
    az, bz = np.uint8(120), np.int8(0)
    c = rng.integers(-900, 900, 4).astype(np.int32)
    ws = np.array([0.01, 0.02, 0.03, 0.04], np.float32)
    f.case("QGemm", [a, s, az, b, t, bz, c, np.float32(0.9), az], consts=(1, 2, 3, 4, 5, 6, 7, 8))
    f.case("MatMulIntegerToFloat", [a, b, s, ws, az, None, f32(4)], consts=(1, 2, 3, 4, 6))
    f.case("DynamicQuantizeMatMul", [f32(3, 8), b, ws, None, f32(4)], consts=(1, 2, 4))
    f.case("QuantizeLinear", [f32(4, 3), np.array([0.1, 0.2, 0.3], np.float32), np.array([1, 2, 3], np.uint8)], axis=1, consts=(1, 2))
    f.case("DequantizeLinear", [byte(np.int8, 4, 3), s, bz], consts=(1, 2))
    for bits, block, zero in ((4, 16, None), (4, 32, "packed"), (8, 32, None), (4, 16, "real")):
        blocks = -(-40 // block)
        w = byte(np.uint8, 5, blocks, block * bits // 8)
        zeros = {None: None, "packed": byte(np.uint8, 5 * -(-blocks * bits // 8)), "real": f32(5 * blocks)}[zero]
        f.case("MatMulNBits", [f32(2, 40), w, f32(5 * blocks), zeros, None, f32(5)], K=40, N=5, bits=bits, block_size=block, consts=(1, 2, 3, 5))
    return f


if __name__ == "__main__":
    for make in (trees, linear, features, encoders, fused, text, quantized, unscored):
        make().write(sys.argv[1])
