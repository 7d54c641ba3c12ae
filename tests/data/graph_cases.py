#!/usr/bin/env python3
"""Makes tests/variations/NAME_VERSION: control flow, and random graphs of operators that compilers fuse.

Needs onnx, onnxruntime, ml_dtypes, numpy. Run: python3 tests/data/graph_cases.py tests/variations [FAMILY...]
"""
import sys

import numpy as np
import onnx.parser
from cases import F32, family, main
from onnx import TensorProto, helper, numpy_helper

I64 = np.int64
FLOAT, BOOL, INT64 = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT64
node = helper.make_node


def body(nodes, ins, outs, **consts):
    """ins, outs: (name, type, shape)."""
    infos = [[helper.make_tensor_value_info(*v) for v in side] for side in (ins, outs)]
    return helper.make_graph(nodes, "body", *infos, [numpy_helper.from_array(np.asarray(a), k) for k, a in consts.items()])


def true(name):
    return node("Constant", [], [name], value=numpy_helper.from_array(np.array(True)))


@family(11, 21)
def control(f, v):
    x = f.normal(2, 3)
    for which in (True, False):
        then = body([node("Neg", ["x"], ["a"])], [], [("a", FLOAT, [2, 3])])
        other = body([node("Mul", ["x", "x"], ["b"])], [], [("b", FLOAT, [2, 3])])
        f.graph([node("If", ["c"], ["y"], then_branch=then, else_branch=other)], {"x": x, "c": np.array(which)}, ["y"])
        deep = body([node("If", ["d"], ["e"], then_branch=body([node("Abs", ["x"], ["g"])], [], [("g", FLOAT, [2, 3])]), else_branch=body([node("Add", ["x", "w"], ["h"])], [], [("h", FLOAT, [2, 3])]))], [], [("e", FLOAT, [2, 3])])
        for inner in (True, False):
            f.graph([node("Add", ["x", "x"], ["w"]), node("If", ["c"], ["y"], then_branch=deep, else_branch=body([node("Identity", ["w"], ["k"])], [], [("k", FLOAT, [2, 3])]))], {"x": x, "c": np.array(which), "d": np.array(inner)}, ["y"])
        # two results, one of them a value from outside, and both branches a constant
        two = body([node("Identity", ["x"], ["a"]), node("ReduceMax", ["x"], ["m"], keepdims=0)], [], [("a", FLOAT, [2, 3]), ("m", FLOAT, [])])
        one = body([node("Exp", ["x"], ["b"]), node("Constant", [], ["n"], value=numpy_helper.from_array(np.array(7, F32)))], [], [("b", FLOAT, [2, 3]), ("n", FLOAT, [])])
        f.graph([node("If", ["c"], ["y", "z"], then_branch=two, else_branch=one), node("Mul", ["y", "z"], ["p"])], {"x": x, "c": np.array(which)}, ["y", "p"])
    count = [("i", INT64, []), ("go", BOOL, []), ("s", FLOAT, [2, 3])]
    for trips in (0, 1, 4):
        # s = s + x * i, each s collected
        nodes = [node("Cast", ["i"], ["fi"], to=FLOAT), node("Mul", ["x", "fi"], ["t"]), node("Add", ["s", "t"], ["n"]), node("Identity", ["go"], ["stay"]), node("Identity", ["n"], ["part"])]
        loop = body(nodes, count, [("stay", BOOL, []), ("n", FLOAT, [2, 3]), ("part", FLOAT, [2, 3])])
        f.graph([node("Loop", ["m", "", "x"], ["y", "all"], body=loop)], {"x": x}, ["y", "all"], {"m": np.array(trips, I64)})
        f.graph([node("Loop", ["m", "c", "x"], ["y", "all"], body=loop)], {"x": x}, ["y"], {"m": np.array(trips, I64), "c": np.array(True)})
        f.graph([node("Loop", ["m", "c", "x"], ["y", "all"], body=loop)], {"x": x, "c": np.array(False)}, ["y"], {"m": np.array(trips, I64)})
        # until the sum is above a limit
        until = body([node("Add", ["s", "one"], ["n"]), node("ReduceMax", ["n"], ["top"], keepdims=0), node("Less", ["top", "most"], ["stay"])], count, [("stay", BOOL, []), ("n", FLOAT, [2, 3])], one=np.array(1, F32), most=np.array(3, F32))
        f.graph([node("Loop", ["m", "c", "x"], ["y"], body=until)], {"x": x, "c": np.array(True), "m": np.array(trips, I64)}, ["y"])
    # states that change places, and one that stays
    swap = body([true("stay"), node("Add", ["b", "a"], ["n"]), node("Identity", ["a"], ["o"]), node("Identity", ["k"], ["l"])], [("i", INT64, []), ("go", BOOL, []), ("a", FLOAT, [3]), ("b", FLOAT, [3]), ("k", FLOAT, [3])], [("stay", BOOL, []), ("n", FLOAT, [3]), ("o", FLOAT, [3]), ("l", FLOAT, [3])])
    f.graph([node("Loop", ["m", "", "x", "z", "x"], ["p", "q", "r"], body=swap)], {"x": f.normal(3), "z": f.normal(3)}, ["p", "q", "r"], {"m": np.array(5, I64)})
    # a loop in a loop
    inner = body([true("on"), node("Add", ["t", "x"], ["u"])], [("j", INT64, []), ("more", BOOL, []), ("t", FLOAT, [2, 3])], [("on", BOOL, []), ("u", FLOAT, [2, 3])])
    outer = body([true("stay"), node("Loop", ["k", "", "s"], ["n"], body=inner)], count, [("stay", BOOL, []), ("n", FLOAT, [2, 3])], k=np.array(2, I64))
    f.graph([node("Loop", ["m", "", "x"], ["y"], body=outer)], {"x": x}, ["y"], {"m": np.array(3, I64)})
    for directions in (None, [1]):
        for back in (None, [1]):
            step = body([node("Add", ["s", "e"], ["n"]), node("Mul", ["n", "w"], ["o"])], [("s", FLOAT, [3]), ("e", FLOAT, [3])], [("n", FLOAT, [3]), ("o", FLOAT, [3])])
            attrs = {k: a for k, a in (("scan_input_directions", directions), ("scan_output_directions", back)) if a}
            f.graph([node("Scan", ["a", "x"], ["y", "z"], body=step, num_scan_inputs=1, **attrs)], {"a": f.normal(3), "x": f.normal(4, 3), "w": f.normal(3)}, ["y", "z"])
    step = body([node("Add", ["s", "e"], ["n"]), node("Sub", ["e", "d"], ["o"])], [("s", FLOAT, [3]), ("e", FLOAT, [3]), ("d", FLOAT, [3])], [("n", FLOAT, [3]), ("o", FLOAT, [3])])
    f.graph([node("Scan", ["a", "x", "v"], ["y", "z"], body=step, num_scan_inputs=2, scan_input_axes=[1, -1], scan_output_axes=[1])], {"a": f.normal(3), "x": f.normal(3, 4), "v": f.normal(3, 4)}, ["y", "z"])
    # sequences of known length
    f.graph([node("SplitToSequence", ["x"], ["s"], axis=1), node("SequenceAt", ["s", "k"], ["y"]), node("SequenceLength", ["s"], ["n"]), node("ConcatFromSequence", ["s"], ["z"], axis=0)], {"x": x}, ["y", "n", "z"], {"k": np.array(-1, I64)})
    f.graph([node("SequenceConstruct", ["x", "v"], ["s"]), node("SequenceInsert", ["s", "w", "k"], ["t"]), node("SequenceErase", ["t", "k"], ["u"]), node("ConcatFromSequence", ["t"], ["y"], axis=-1, new_axis=1), node("ConcatFromSequence", ["u"], ["z"], axis=0)], {"x": x, "v": f.normal(2, 3), "w": f.normal(2, 3)}, ["y", "z"], {"k": np.array(1, I64)})
    f.graph([node("SequenceConstruct", ["x"], ["s"]), node("SequenceInsert", ["s", "v"], ["t"]), node("ConcatFromSequence", ["t"], ["y"], axis=1)], {"x": x, "v": f.normal(2, 1)}, ["y"])


def some(n):
    return np.array(n, I64)


def sequence_type(elem, shape):
    return helper.make_sequence_type_proto(helper.make_tensor_type_proto(elem, shape))


def carrying(nodes, shape, **consts):
    """The body of a Loop that carries a sequence s to t."""
    infos = [helper.make_tensor_value_info("i", INT64, []), helper.make_tensor_value_info("go", BOOL, []), helper.make_value_info("s", sequence_type(FLOAT, shape))]
    outs = [helper.make_tensor_value_info("stay", BOOL, []), helper.make_value_info("t", sequence_type(FLOAT, shape))]
    return helper.make_graph([node("Identity", ["go"], ["stay"])] + nodes, "body", infos, outs, [numpy_helper.from_array(np.asarray(a), k) for k, a in consts.items()])


@family(18)
def sequences(f, v):
    """Of lengths, and at positions, that only the run tells."""
    yes = {"yes": np.array(True)}
    empty = node("SequenceEmpty", [], ["none"], dtype=FLOAT)
    make = [node("Cast", ["i"], ["fi"], to=FLOAT), node("Add", ["x", "fi"], ["e"])]
    for at in (None, 0, -1):
        insert = node("SequenceInsert", ["s", "e"] + (["at"] if at is not None else []), ["t"])
        grow = carrying(make + [node("Identity", ["zero"], ["at"]), insert], [2, 3], zero=some(0)) if at != -1 else carrying(make + [node("Sub", ["i", "i"], ["at"]), insert], [2, 3])
        f.graph([empty, node("Loop", ["m", "yes", "none"], ["q"], body=grow), node("ConcatFromSequence", ["q"], ["y"], axis=0), node("SequenceLength", ["q"], ["n"]), node("SequenceAt", ["q", "k"], ["z"])], {"x": f.normal(2, 3), "m": some(3), "k": some(-2)}, ["y", "n", "z"], yes)
    # tensors of different sizes, one longer than the other
    parts = [node("Add", ["i", "one"], ["end"]), node("Slice", ["x", "zero", "end"], ["e"]), node("SequenceInsert", ["s", "e"], ["t"])]
    longer = carrying(parts, [None, 2], zero=np.array([0], I64), one=np.array([1], I64))
    for position in (0, 2, -1):
        f.graph([empty, node("Loop", ["m", "yes", "none"], ["q"], body=longer), node("SequenceErase", ["q", "k"], ["r"]), node("ConcatFromSequence", ["r"], ["y"], axis=0), node("SequenceAt", ["q", "k"], ["z"])], {"x": f.normal(4, 2), "m": some(4), "k": some(position)}, ["y", "z"], yes)
    for new_axis, axis in ((0, 1), (0, -2), (1, 0), (1, 2), (1, -1)):
        grow = carrying(make + [node("SequenceInsert", ["s", "e"], ["t"])], [2, 3])
        f.graph([empty, node("Loop", ["m", "yes", "none"], ["q"], body=grow), node("ConcatFromSequence", ["q"], ["y"], axis=axis, new_axis=new_axis)], {"x": f.normal(2, 3), "m": some(2)}, ["y"], yes)
    # none at all
    f.graph([empty, node("Loop", ["m", "yes", "none"], ["q"], body=carrying(make + [node("SequenceInsert", ["s", "e"], ["t"])], [2, 3])), node("SequenceLength", ["q"], ["n"])], {"x": f.normal(2, 3), "m": some(0)}, ["n"], yes)
    for each in (1, 2, 5, 9):
        f.graph([node("SplitToSequence", ["x", "k"], ["q"], axis=-1), node("ConcatFromSequence", ["q"], ["y"], axis=1), node("SequenceAt", ["q", "zero"], ["z"]), node("SequenceLength", ["q"], ["n"])], {"x": f.normal(2, 5), "k": some(each)}, ["y", "z", "n"], {"zero": some(0)})
    for sizes in ([1, 4], [0, 5, 0], [2, 1, 1, 1]):
        f.graph([node("SplitToSequence", ["x", "k"], ["q"], axis=0), node("SequenceAt", ["q", "p"], ["z"]), node("SequenceLength", ["q"], ["n"])], {"x": f.normal(5, 2), "k": np.array(sizes, I64), "p": some(-1)}, ["z", "n"])
    two, three = sequence_type(FLOAT, [None, 2]), sequence_type(FLOAT, [None, 2])
    for which in (True, False):
        then = helper.make_graph([node("SequenceConstruct", ["x", "v"], ["a"])], "then", [], [helper.make_value_info("a", two)])
        other = helper.make_graph([node("SequenceConstruct", ["v", "v", "x"], ["b"])], "else", [], [helper.make_value_info("b", three)])
        f.graph([node("If", ["c"], ["q"], then_branch=then, else_branch=other), node("SequenceLength", ["q"], ["n"]), node("ConcatFromSequence", ["q"], ["y"], axis=0), node("SequenceAt", ["q", "k"], ["z"])], {"x": f.normal(3, 2), "v": f.normal(1, 2), "c": np.array(which), "k": some(1)}, ["n", "y", "z"])
        held = helper.make_optional_type_proto(helper.make_tensor_type_proto(FLOAT, [3]))
        then = helper.make_graph([node("Neg", ["x"], ["g"]), node("Optional", ["g"], ["a"])], "then", [], [helper.make_value_info("a", held)])
        other = helper.make_graph([node("Optional", [], ["b"], type=helper.make_tensor_type_proto(FLOAT, [3]))], "else", [], [helper.make_value_info("b", held)])
        get = body([node("OptionalGetElement", ["o"], ["g2"])], [], [("g2", FLOAT, [3])])
        f.graph([node("If", ["c"], ["o"], then_branch=then, else_branch=other), node("OptionalHasElement", ["o"], ["h"]), node("If", ["h"], ["y"], then_branch=get, else_branch=body([node("Abs", ["x"], ["g3"])], [], [("g3", FLOAT, [3])]))], {"x": f.normal(3), "c": np.array(which)}, ["h", "y"])


@family(11, 17)
def loop_sizes(f, v):
    """States that change their sizes from iteration to iteration."""
    count = [("i", INT64, []), ("go", BOOL, [])]

    def loop(nodes, ins, outs, states, inputs, trips, results, **consts):
        g = body([true("stay")] + nodes, count + ins, [("stay", BOOL, [])] + outs, **consts)
        f.graph([node("Loop", ["m", ""] + states, results, body=g)], inputs, results, {"m": some(trips)})

    for trips in (0, 1, 3):
        for axis, shape in ((0, [None, 3]), (1, [2, None])):
            loop([node("Concat", ["s", "x"], ["n"], axis=axis)], [("s", FLOAT, shape)], [("n", FLOAT, shape)], ["x"], {"x": f.normal(2, 3)}, trips, ["y"])
        loop([node("Concat", ["s", "s"], ["n"], axis=0)], [("s", FLOAT, [None])], [("n", FLOAT, [None])], ["x"], {"x": f.normal(2)}, trips, ["y"])
        loop([node("Slice", ["s", "b", "e"], ["n"])], [("s", FLOAT, [None])], [("n", FLOAT, [None])], ["x"], {"x": f.normal(5)}, trips, ["y"], b=np.array([1], I64), e=np.array([9], I64))
        # what is above the limit stays
        loop([node("Greater", ["s", "l"], ["c"]), node("Compress", ["s", "c"], ["k"], axis=0), node("Mul", ["k", "h"], ["n"])], [("s", FLOAT, [None])], [("n", FLOAT, [None])], ["x"], {"x": f.normal(9), "l": np.array(0.2, F32), "h": np.array(0.8, F32)}, trips, ["y"])
        # two that change places
        loop([node("Identity", ["a"], ["q"]), node("Identity", ["b"], ["p"])], [("a", FLOAT, [None]), ("b", FLOAT, [None])], [("p", FLOAT, [None]), ("q", FLOAT, [None])], ["x", "v"], {"x": f.normal(2), "v": f.normal(5)}, trips, ["y", "z"])
    # the sum of all that was, beside it; in a branch, in a loop
    loop([node("Concat", ["s", "t"], ["n"], axis=0), node("ReduceSum", ["n"], ["t2"], keepdims=1)], [("s", FLOAT, [None]), ("t", FLOAT, [1])], [("n", FLOAT, [None]), ("t2", FLOAT, [1])], ["x", "v"], {"x": f.normal(3), "v": f.normal(1)}, 4, ["y", "z"])
    for above in (0.0, 2.0):
        then = body([node("Concat", ["s", "x"], ["p"], axis=0)], [], [("p", FLOAT, [None])])
        other = body([node("Neg", ["s"], ["q"])], [], [("q", FLOAT, [None])])
        loop([node("ReduceMax", ["s"], ["top"], keepdims=0), node("Greater", ["top", "l"], ["c"]), node("If", ["c"], ["n"], then_branch=then, else_branch=other)], [("s", FLOAT, [None])], [("n", FLOAT, [None])], ["x"], {"x": f.normal(3), "l": np.array(above, F32)}, 3, ["y"])


@family(11, 19)
def if_sizes(f, v):
    """Branches that give different sizes."""
    for which in (True, False):
        for nodes, shape in (([node("Concat", ["x", "x"], ["a"], axis=0)], [4, 3]), ([node("Concat", ["x", "x", "x"], ["a"], axis=1)], [2, 9]), ([node("Transpose", ["x"], ["a"])], [3, 2]), ([node("Slice", ["x", "b", "e"], ["a"])], [1, 3]), ([node("Slice", ["x", "e", "b"], ["a"])], [0, 3])):
            then = body(nodes, [], [("a", FLOAT, shape)], b=np.array([1], I64), e=np.array([2], I64))
            other = body([node("Neg", ["x"], ["n"])], [], [("n", FLOAT, [2, 3])])
            f.graph([node("If", ["c"], ["y"], then_branch=then, else_branch=other), node("Exp", ["y"], ["z"])], {"x": f.normal(2, 3), "c": np.array(which)}, ["y", "z"])


# What the cases of nesting are: graphs, by name.
NESTED = {
    "captures": """g (float[3] x, int64 n, int64 m) => (float[3] y) {
        one = Constant <value = float {1}> ()
        y = Loop (n, , x) <body = b (int64 i, bool c, float[3] s) => (bool d, float[3] t) {
        d = Identity (c)
        t = Loop (m, , s) <body = b2 (int64 j, bool e, float[3] u) => (bool f, float[3] w) {
        f = Identity (e)
        k = Add (i, j)
        kf = Cast <to = 1> (k)
        a = Mul (x, kf)
        w = Add (u, a)
        }>
        }>
    }""",
    "break": """g (float[3] x) => (float[3] y, float[M] z, int64 k) {
        n = Constant <value = int64 {10}> ()
        t = Constant <value = bool {1}> ()
        k0 = Constant <value = int64 {0}> ()
        y, k, z = Loop (n, t, x, k0) <body = b (int64 i, bool c, float[3] s, int64 q) => (bool d, float[3] r, int64 q2, float o) {
        two = Constant <value = int64 {4}> ()
        d = Less (i, two)
        r = Add (s, x)
        q2 = Add (q, i)
        o = ReduceSum <keepdims = 0> (r)
        }>
    }""",
    "if_in_scan": """g (float[3] a, float[5,3] x, bool c) => (float[3] y, float[5,3] z) {
        y, z = Scan <num_scan_inputs = 1, body = b (float[3] s, float[3] e) => (float[3] t, float[3] o) {
        m = ReduceSum <keepdims = 0> (e)
        zero = Constant <value = float {0}> ()
        pos = Greater (m, zero)
        t = If (pos) <then_branch = p () => (float[3] p1) { p1 = Add (s, e) }, else_branch = q () => (float[3] q1) {
        q1 = If (c) <then_branch = p2 () => (float[3] p3) { p3 = Sub (s, a) }, else_branch = q2 () => (float[3] q3) { q3 = Identity (s) }>
        }>
        o = Mul (t, e)
        }> (a, x)
    }""",
    "scan_rev": """g (float[2] a, float[4,2] x, float[4,2] w) => (float[2] y, float[4,2] z, float[2,4] v) {
        y, z, v = Scan <num_scan_inputs = 2, scan_input_directions = [1,0], scan_output_directions = [0,1], scan_output_axes = [0,1], body = b (float[2] s, float[2] e, float[2] f) => (float[2] t, float[2] o, float[2] p) {
        t = Add (s, e)
        o = Mul (t, f)
        p = Sub (t, f)
        }> (a, x, w)
    }""",
    "seq_state_if": """g (float[2,3] x, int64 n, bool c) => (float[M,3] y, int64 l) {
        s0 = SequenceConstruct (x)
        s = Loop (n, , s0) <body = b (int64 i, bool go, seq(float[K,3]) q) => (bool on, seq(float[K,3]) r) {
        on = Identity (go)
        two = Constant <value = int64 {2}> ()
        m = Mod (i, two)
        zero = Constant <value = int64 {0}> ()
        even = Equal (m, zero)
        r = If (even) <then_branch = p () => (seq(float[K,3]) p1) { d = Concat <axis = 0> (x, x)
        p1 = SequenceInsert (q, d, zero) }, else_branch = e () => (seq(float[K,3]) e1) { e1 = SequenceErase (q, zero) }>
        }>
        y = ConcatFromSequence <axis = 0> (s)
        l = SequenceLength (s)
    }""",
    "opt_state": """g (float[3] x, int64 n) => (bool h, float[3] y) {
        o0 = Optional <type: type_proto = float[3]> ()
        o = Loop (n, , o0) <body = b (int64 i, bool go, optional(float[3]) q) => (bool on, optional(float[3]) r) {
        on = Identity (go)
        h1 = OptionalHasElement (q)
        r = If (h1) <then_branch = p () => (optional(float[3]) p1) { v = OptionalGetElement (q) w = Add (v, x)
        p1 = Optional (w) }, else_branch = e () => (optional(float[3]) e1) { e1 = Optional (x) }>
        }>
        h = OptionalHasElement (o)
        y = If (h) <then_branch = p2 () => (float[3] a) { a = OptionalGetElement (o) }, else_branch = q2 () => (float[3] z) { z = Neg (x) }>
    }""",
    "nonzero_loop": """g (float[4] x, int64 n) => (float[K] y) {
        y = Loop (n, , x) <body = b (int64 i, bool go, float[A] s) => (bool on, float[Bb] r) {
        on = Identity (go)
        k = Constant <value = float {0.1}> ()
        u = Sub (s, k)
        z = Constant <value = float {0}> ()
        p = Greater (u, z)
        r = Compress <axis = 0> (u, p)
        }>
    }""",
    "loop_cond_input": """g (float[2] x, bool c) => (float[2] y, int64 k) {
        k0 = Constant <value = int64 {0}> ()
        y, k = Loop ( , c, x, k0) <body = b (int64 i, bool go, float[2] s, int64 q) => (bool on, float[2] r, int64 q2) {
        half = Constant <value = float {0.5}> ()
        r = Mul (s, half)
        m = ReduceMax <keepdims = 0> (r)
        l = Constant <value = float {0.01}> ()
        on = Greater (m, l)
        one = Constant <value = int64 {1}> ()
        q2 = Add (q, one)
        }>
    }""",
    "loop_unused": """g (float[2] x, int64 n) => (float[2] y) {
        y, a, z = Loop (n, , x, x) <body = b (int64 i, bool go, float[2] s, float[2] v) => (bool on, float[2] r, float[2] v2, float[2] o) {
        on = Identity (go)
        r = Add (s, v)
        v2 = Neg (v)
        o = Identity (s)
        }>
    }""",
    "mixed_types": """g (float[2] x, int64 n, bool[2] f) => (float[2] y, bool[2] g2, int64[1] k, double[2] d) {
        k0 = Constant <value = int64[1] {5}> ()
        d0 = Cast <to = 11> (x)
        y, g2, k, d = Loop (n, , x, f, k0, d0) <body = b (int64 i, bool go, float[2] s, bool[2] p, int64[1] q, double[2] e) => (bool on, float[2] r, bool[2] p2, int64[1] q2, double[2] e2) {
        on = Identity (go)
        r = Where (p, s, x)
        p2 = Not (p)
        q2 = Add (q, i)
        r2 = Cast <to = 11> (r)
        e2 = Add (e, r2)
        }>
    }""",
    "swap3": """g (float[2] a, float[2] b, float[2] c, int64 n) => (float[2] x, float[2] y, float[2] z) {
        x, y, z = Loop (n, , a, b, c) <body = bo (int64 i, bool go, float[2] p, float[2] q, float[2] r) => (bool on, float[2] p2, float[2] q2, float[2] r2) {
        on = Identity (go)
        p2 = Identity (q)
        q2 = Identity (r)
        r2 = Identity (p)
        }>
    }""",
    "nested_scan": """g (float[2,3,4] x, float h) => (float y, float[2,3] z) {
        y, z = Scan <num_scan_inputs = 1, body = b (float s, float[3,4] e) => (float t, float[3] o) {
        t, o = Scan <num_scan_inputs = 1, body = b2 (float s2, float[4] e2) => (float t2, float o2) {
        m = ReduceSum <keepdims = 0> (e2)
        t2 = Add (s2, m)
        o2 = Mul (t2, h)
        }> (s, e)
        }> (h, x)
    }""",
    "seq_in_if_outer": """g (float[4,3] x, bool c, int64 p) => (float[K,3] y) {
        s = SplitToSequence <axis = 0> (x)
        t = If (c) <then_branch = a () => (seq(float[1,3]) a1) { a1 = SequenceErase (s, p) }, else_branch = b () => (seq(float[1,3]) b1) { b1 = Identity (s) }>
        y = ConcatFromSequence <axis = 0> (t)
    }""",
    "seqmap_idx": """g (float[4,3] x, int64 n) => (float[4,3] y) {
        s = SplitToSequence <axis = 0> (x)
        t = SequenceMap <body = b (float[1,3] e) => (float[1,3] o) { o = Loop (n, , e) <body = bb (int64 i, bool g1, float[1,3] u) => (bool g2, float[1,3] v) { g2 = Identity (g1) v = Add (u, e) }> }> (s)
        y = ConcatFromSequence <axis = 0> (t)
    }""",
    "cond_state": """g (float[3] x, int64 n) => (float[3] y, bool f) {
        t = Constant <value = bool {0}> ()
        y, f = Loop (n, , x, t) <body = bo (int64 i, bool g1, float[3] u, bool s) => (bool g2, float[3] v, bool s2) { g2 = Identity (g1)
        v = If (s) <then_branch = p () => (float[3] a) { a = Add (u, x) }, else_branch = q () => (float[3] b) { b = Neg (u) }>
        s2 = Not (s) }>
    }""",
    "seq_opt_seq": """g (float[2] x, bool c) => (float[K] y) {
        s = SequenceConstruct (x, x)
        o = Optional (s)
        h = OptionalHasElement (o)
        y = If (h) <then_branch = p () => (float[A] a) { q = OptionalGetElement (o) a = ConcatFromSequence <axis = 0> (q) }, else_branch = r () => (float[2] b) { b = Identity (x) }>
    }""",
    "if_multi": """g (float[5] x, bool c) => (float[A] y, int64[B] z, bool w) {
        y, z, w = If (c) <then_branch = p () => (float[A1] a, int64[B1] b, bool d) { zz = Constant <value = float {0}> () m = Greater (x, zz)
        a = Compress <axis = 0> (x, m) nz = NonZero (m) f = Constant <value = int64[1] {-1}> () b = Reshape (nz, f) d = Constant <value = bool {1}> () },
        else_branch = q () => (float[A2] a2, int64[B2] b2, bool d2) { a2 = Concat <axis = 0> (x, x) b2 = Shape (x) d2 = Identity (c) }>
    }""",
}


@family(18)
def nesting(f, v):
    """Control flow in control flow, with what is captured, carried, or there or not, as only the run tells."""
    for name, text in NESTED.items():
        g = onnx.parser.parse_graph(text)
        for n, c in ((0, True), (1, False), (3, True), (4, False)):
            inputs = {}
            for i in g.input:
                shape = [d.dim_value for d in i.type.tensor_type.shape.dim]
                kind = i.type.tensor_type.elem_type
                inputs[i.name] = {FLOAT: lambda s: f.normal(*s), INT64: lambda s: np.full(s, n, I64), BOOL: lambda s: np.full(s, c)}[kind](shape)
            if name in ("nonzero_loop", "loop_cond_input"):
                inputs["x"] = np.abs(inputs["x"])
            if name == "seq_in_if_outer":
                inputs["p"] = some(n % 4)
            if name == "seq_state_if" and n > 1:
                inputs["n"] = some(n | 1)
            consts = {}
            if any(o.startswith("z") for o in [o.name for o in g.output]) and "n" in inputs:
                consts["n"] = inputs.pop("n")
            f.graph(list(g.node), inputs, [o.name for o in g.output], consts)
            if len(inputs) + len(consts) == 1:
                break


# -- random graphs ------------------------------------------------------------------------------------------------


class Graph:
    """Operators drawn one after the other, each on what is there; shapes is what there is."""

    def __init__(self, f):
        self.f, self.pick = f, f.rng.integers
        self.nodes, self.consts = [], {}
        shape = (int(self.pick(1, 3)), int(self.pick(1, 6)), int(self.pick(2, 7)), int(self.pick(2, 7)))
        self.inputs = {"x": f.normal(*shape), "v": f.normal(*shape)}
        self.shapes = {"x": shape, "v": shape}

    def chance(self, p):
        return self.f.rng.random() < p

    def one_of(self, items):
        return items[self.pick(len(items))]

    def const(self, a):
        self.consts[f"k{len(self.consts)}"] = np.asarray(a)
        return f"k{len(self.consts) - 1}"

    def emit(self, op, ins, *shapes, **attrs):
        outs = [f"t{len(self.shapes) + k}" for k in range(len(shapes))]
        self.nodes.append(node(op, ins, outs, **attrs))
        for o, s in zip(outs, shapes):
            self.shapes[o] = tuple(int(d) for d in s)

    def any(self, rank=None):
        """A late one most of the time."""
        names = [k for k, s in self.shapes.items() if (rank is None or len(s) == rank) and np.prod(s) < 1500]
        return self.one_of(names[-4:] if self.chance(0.7) else names)

    def like(self, name):
        return self.one_of([k for k, s in self.shapes.items() if s == self.shapes[name]])

    def convolution(self):
        x = self.any(4)
        n, c, h, w = self.shapes[x]
        k, stride = int(self.pick(1, 4)), int(self.one_of((1, 1, 2)))
        groups = c if self.chance(0.3) else 1
        out, pad = int(c if groups > 1 else self.pick(1, 6)), k // 2
        weights = [self.const(self.f.normal(out, c // groups, k, k, scale=0.4))] + ([self.const(self.f.normal(out))] if self.chance(0.6) else [])
        self.emit("Conv", [x] + weights, (n, out, (h + 2 * pad - k) // stride + 1, (w + 2 * pad - k) // stride + 1), pads=[pad] * 4, strides=[stride] * 2, group=groups)

    def activation(self):
        x = self.any()
        self.emit(self.one_of("Relu Sigmoid HardSwish Tanh LeakyRelu HardSigmoid Elu Abs Neg Softplus Erf Identity".split()), [x], self.shapes[x])

    def clip(self):
        x = self.any()
        self.emit("Clip", [x, self.const(F32(self.pick(-1, 1)))] + ([self.const(F32(6))] if self.chance(0.7) else []), self.shapes[x])

    def arithmetic(self):
        x = self.any()
        other = self.like(x)
        if self.chance(0.4):
            shape = [d if self.chance(0.5) else 1 for d in self.shapes[x]]
            other = self.const(self.f.normal(*shape[self.pick(len(shape)) if self.chance(0.3) else 0 :]))
        self.emit(self.one_of("Add Mul Sub Add Max Min".split()), [x, other] if self.chance(0.6) else [other, x], self.shapes[x])

    def batchnorm(self):
        x = self.any(4)
        c = self.shapes[x][1]
        self.emit("BatchNormalization", [x] + [self.const(self.f.normal(c)) for _ in range(3)] + [self.const(self.f.between(0.2, 2, c))], self.shapes[x])

    def transpose(self):
        x = self.any()
        s = self.shapes[x]
        perm = [int(i) for i in self.f.rng.permutation(len(s))]
        if len(s) == 4 and self.chance(0.5):
            perm = self.one_of(([0, 2, 3, 1], [0, 3, 1, 2]))
        self.emit("Transpose", [x], [s[i] for i in perm], perm=perm)

    def reshape(self):
        x = self.any()
        left, shape = int(np.prod(self.shapes[x])), []
        for _ in range(self.pick(1, 4)):
            shape.append(int(self.one_of([d for d in range(1, left + 1) if left % d == 0])))
            left //= shape[-1]
        self.emit("Reshape", [x, self.const(np.array(shape + [left], I64))], shape + [left])

    def cut(self):
        x = self.any()
        s = list(self.shapes[x])
        axis = int(self.pick(len(s)))
        start, step = int(self.pick(s[axis])), int(self.one_of((1, 1, 2, -1)))
        s[axis] = len(range(s[axis])[start::step])
        end = 2**31 - 1 if step > 0 else -(2**31)
        self.emit("Slice", [x] + [self.const(np.array([n], I64)) for n in (start, end, axis, step)], s)

    def join(self):
        x = self.any()
        s = list(self.shapes[x])
        axis = int(self.pick(len(s)))
        s[axis] *= 2
        self.emit("Concat", [x, self.like(x)], s, axis=axis)

    def part(self):
        x = self.any()
        s = self.shapes[x]
        axis = int(self.pick(len(s)))
        if s[axis] > 1:
            at = int(self.pick(1, s[axis]))
            shapes = [[n if i == axis else d for i, d in enumerate(s)] for n in (at, s[axis] - at)]
            self.emit("Split", [x, self.const(np.array([at, s[axis] - at], I64))], *shapes, axis=axis)

    def rows(self):
        x = self.any()
        s = self.shapes[x]
        which = self.pick(-s[0], s[0], self.pick(1, 4))
        self.emit("Gather", [x, self.const(np.array(which, I64))], (len(which),) + s[1:])

    def pool(self):
        x = self.any(4)
        n, c, h, w = self.shapes[x]
        if min(h, w) > 1:
            stride, pad = int(self.pick(1, 3)), int(self.pick(0, 2))
            self.emit(self.one_of(("MaxPool", "AveragePool")), [x], (n, c, (h + 2 * pad - 2) // stride + 1, (w + 2 * pad - 2) // stride + 1), kernel_shape=[2, 2], strides=[stride] * 2, pads=[pad] * 4)

    def dense(self):
        x = self.any()
        s = self.shapes[x]
        self.emit("MatMul", [x, self.const(self.f.normal(s[-1], 3, scale=0.5))], s[:-1] + (3,))

    def normalize(self):
        x = self.any()
        s = self.shapes[x]
        if self.chance(0.5):
            self.emit("Softmax", [x], s, axis=int(self.pick(len(s))))
        else:
            self.emit("LayerNormalization", [x, self.const(self.f.normal(s[-1])), self.const(self.f.normal(s[-1]))], s)

    def reduce(self):
        x = self.any()
        s = self.shapes[x]
        keep, axis = int(self.pick(2)), int(self.pick(len(s)))
        shape = [1 if i == axis else d for i, d in enumerate(s) if keep or i != axis]
        if shape:
            self.emit(self.one_of("ReduceMean ReduceSum ReduceMax".split()), [x, self.const(np.array([axis], I64))], shape, keepdims=keep)

    def enlarge(self):
        x = self.any(4)
        n, c, h, w = self.shapes[x]
        self.emit("Resize", [x, "", self.const(np.array([1, 1, 2, 2], F32))], (n, c, 2 * h, 2 * w), mode=self.one_of(("nearest", "linear")), coordinate_transformation_mode="asymmetric")

    def border(self):
        x = self.any(4)
        n, c, h, w = self.shapes[x]
        self.emit("Pad", [x, self.const(np.array([0, 0, 1, 0, 0, 0, 0, 2], I64))], (n, c, h + 1, w + 2), mode=self.one_of(("constant", "edge")))

    STEPS = 4 * [convolution] + 3 * [activation, arithmetic] + 2 * [transpose, reshape, cut, join] + [clip, batchnorm, part, rows, pool, dense, normalize, reduce, enlarge, border]

    def draw(self):
        for _ in range(self.pick(5, 16)):
            self.one_of(self.STEPS)(self)
        read = {x for n in self.nodes for x in n.input}
        made = [o for n in self.nodes for o in n.output]
        outputs = [o for o in made if o not in read or self.chance(0.15)]
        self.inputs = {k: a for k, a in self.inputs.items() if k in read}
        return outputs


def random_graphs(f, many):
    while f.many < many:
        g = Graph(f)
        outputs = g.draw()
        if g.inputs and outputs:
            f.graph(g.nodes, g.inputs, outputs, g.consts)


@family(20)
def fusion_a(f, v):
    random_graphs(f, 16)


@family(20)
def fusion_b(f, v):
    random_graphs(f, 16)


if __name__ == "__main__":
    main(sys.argv)
