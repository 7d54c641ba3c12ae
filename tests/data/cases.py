"""Cases of operators with what they must give, for tests/variations: the part that knows no operator.

A case is a few nodes, arrays for their inputs, and the results of ONNX Runtime, or of ONNX's reference evaluator where
that has no kernel. Many cases become one model, compiled once: its inputs are the elements of all cases' inputs in a
row, one of doubles and one of integers, cut into pieces, reshaped and cast; its outputs are the elements of all results
in a row, and their shapes. So nothing folds away but what a case names constant, and integers at their limits, NaN,
infinities and -0 reach the operators as they are. cases.txt says which elements of the outputs are which case's.
"""
import os
import zlib

import ml_dtypes
import numpy as np
import onnx
import onnx.printer
import onnxruntime
from onnx import AttributeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(4)
ROWS = {"real": TensorProto.DOUBLE, "whole": TensorProto.INT64}
F16, F32, F64, BF16 = np.float16, np.float32, np.float64, ml_dtypes.bfloat16
SIGNED = (np.int8, np.int16, np.int32, np.int64)
UNSIGNED = (np.uint8, np.uint16, np.uint32, np.uint64)
# Types that ONNX Runtime gives back as bytes.
AS_BYTES = {"tensor(" + n.replace("_", "") + ")": getattr(ml_dtypes, n) for n in ("float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz")}


def onnx_type(a):
    return helper.np_dtype_to_tensor_dtype(a.dtype)


def row_of(a):
    return "whole" if a.dtype.kind in "iub" or "int" in str(a.dtype) else "real"


class Draw:
    """Arrays of a family, the same in every run."""

    def __init__(self, name):
        self.rng = np.random.default_rng(zlib.crc32(name.encode()))

    def normal(self, *shape, kind=F32, scale=1.0):
        return np.array(self.rng.normal(0, scale, shape)).astype(kind)

    def between(self, lo, hi, *shape, kind=F32):
        """hi itself only for integers."""
        if np.dtype(kind).kind in "iu":
            return np.array(self.rng.integers(lo, hi, shape, endpoint=True)).astype(kind)
        return np.array(self.rng.uniform(lo, hi, shape)).astype(kind)

    def bits(self, *shape):
        return np.array(self.rng.random(shape) < 0.5)

    def whole(self, kind, *shape):
        """Over the whole range of the type."""
        i = np.iinfo(kind)
        return np.array(self.rng.integers(i.min, i.max, shape, endpoint=True, dtype=kind))


def limits(kind):
    """What is special in a type: its ends, 0, NaN, infinities, -0, halves."""
    if np.dtype(kind).kind in "iu":
        i = np.iinfo(kind)
        return np.array([i.min, i.min + 1, 0, 1, 2, i.max // 2, i.max - 1, i.max], kind)
    return np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 0.5, 1.5, 2.5, -0.5, -1.5, 1e-3, -30.0, 60.0], np.float64).astype(kind)


def opsets(nodes, version):
    return [helper.make_opsetid("", version)] + [helper.make_opsetid(d, 1) for d in sorted({n.domain for n in nodes} - {""})]


class Case:
    """nodes on the names of `inputs` (arrays) and `consts` (arrays that stay initializers), giving `outputs`."""

    def __init__(self, nodes, inputs, outputs, consts=None, version=20):
        self.nodes, self.inputs, self.consts = nodes, inputs, consts or {}
        self.outputs, self.version = outputs, version

    def label(self):
        ins = " ".join(f"{a.dtype}{list(a.shape)}".replace(" ", "") for a in (self.inputs | self.consts).values())
        ops = "+".join(n.op_type for n in self.nodes)
        text = [f"{a.name}={helper.get_attribute_value(a)}" for n in self.nodes[:1] for a in n.attribute if a.type in (1, 2, 3, 6, 7, 8)]
        return " ".join([ops, ins] + text)

    def model(self):
        infos = [helper.make_tensor_value_info(k, onnx_type(a), a.shape) for k, a in self.inputs.items()]
        outs = [helper.make_value_info(k, onnx.TypeProto()) for k in self.outputs]
        graph = helper.make_graph(self.nodes, "g", infos, outs, [numpy_helper.from_array(a, k) for k, a in self.consts.items()])
        return helper.make_model(graph, ir_version=10, opset_imports=opsets(self.nodes, self.version))

    def by_onnxruntime(self):
        o = onnxruntime.SessionOptions()
        o.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        s = onnxruntime.InferenceSession(self.model().SerializeToString(), o, providers=["CPUExecutionProvider"])
        kinds = [AS_BYTES.get(x.type) for x in s.get_outputs()]
        return [a.view(k) if k else np.asarray(a) for k, a in zip(kinds, s.run(None, self.inputs))]

    def by_onnx(self):
        return [np.asarray(a) for a in ReferenceEvaluator(self.model()).run(None, self.inputs)]

    def results(self, reference):
        """reference: "ort", or "onnx" where it is said to be right and ONNX Runtime is not."""
        if reference == "ort":
            try:
                return self.by_onnxruntime()
            except Exception as e:  # pylint: disable=broad-except
                print(f"{self.label()}: by ONNX's evaluator: {str(e)[:90]}")
        return self.by_onnx()


def capture(graph, prefix):
    """The prefix before the names that come from outside only: some operators know a graph's inputs by theirs."""
    own = {v.name for v in list(graph.input) + list(graph.initializer)} | {y for n in graph.node for y in n.output}
    for n in graph.node:
        n.input[:] = [x if not x or x in own else prefix + x for x in n.input]


def renamed(nodes, prefix):
    """Copies of nodes with the prefix before every name; those of subgraphs too."""
    copies = []
    for node in nodes:
        n = onnx.NodeProto()
        n.CopyFrom(node)
        n.name = ""
        n.input[:] = [x and prefix + x for x in node.input]
        n.output[:] = [x and prefix + x for x in node.output]
        for a in n.attribute:
            if a.type != AttributeProto.GRAPH:
                continue
            if node.domain:
                capture(a.g, prefix)
                continue
            body = renamed(a.g.node, prefix)
            del a.g.node[:]
            a.g.node.extend(body)
            for v in list(a.g.input) + list(a.g.output) + list(a.g.initializer):
                v.name = prefix + v.name
        copies.append(n)
    return copies


class Family(Draw):
    """Cases of one version of the operators, and the model that they become."""

    def __init__(self, name, version):
        super().__init__(name)
        self.name, self.version = f"{name}_{version}", version
        self.nodes, self.inits, self.lines = [], [], []
        self.given = {c: [] for c in ROWS}  # (name, array)
        self.got = {c: [] for c in ROWS}
        self.many = 0

    def case(self, op, inputs, outputs=1, consts=(), reference="ort", **attrs):
        """One node. inputs: arrays, None where left out; outputs: how many, or which are wanted; consts: positions
        of inputs that are initializers."""
        wanted = [True] * outputs if isinstance(outputs, int) else outputs
        arrays = {f"x{k}": np.asarray(a) for k, a in enumerate(inputs) if a is not None}
        ins = ["" if a is None else f"x{k}" for k, a in enumerate(inputs)]
        outs = [f"y{k}" if w else "" for k, w in enumerate(wanted)]
        node = helper.make_node(op, ins, outs, **{k: v for k, v in attrs.items() if v is not None})
        fixed = {f"x{k}" for k in consts}
        self.graph([node], {k: a for k, a in arrays.items() if k not in fixed}, [o for o in outs if o], {k: a for k, a in arrays.items() if k in fixed}, reference)

    def graph(self, nodes, inputs, outputs, consts=None, reference="ort"):
        case = Case(nodes, inputs, outputs, consts, self.version)
        self.add(case, case.results(reference))

    def node(self, op, ins, outs, **attrs):
        self.nodes.append(helper.make_node(op, ins, outs, **attrs))

    def const(self, name, a):
        self.inits.append(numpy_helper.from_array(np.asarray(a), name))
        return name

    def give(self, name, a):
        """A tensor that is a piece of an input of the model."""
        if not a.size:
            self.const(name, a)
            return
        c = row_of(a)
        same = ROWS[c] == onnx_type(a)
        self.given[c].append((name, a))
        self.node("Reshape", [name + "_row", self.const(name + "_s", np.array(a.shape, np.int64))], [name if same else name + "_c"])
        if not same:
            self.node("Cast", [name + "_c"], [name], to=onnx_type(a))

    def take(self, name, a, label):
        """A tensor becomes a piece of an output, its shape too."""
        if a.ndim:
            self.node("Shape", [name], [name + "_h"])
            self.got["whole"].append((name + "_h", np.array(a.shape, np.int64)))
        if not a.size:
            self.lines.append(f"empty {label}")
            return
        c, last = row_of(a), name
        if onnx_type(a) != ROWS[c]:
            last += "_w"
            self.node("Cast", [name], [last], to=ROWS[c])
        self.node("Reshape", [last, "all"], [name + "_flat"])
        at = sum(b.size for _, b in self.got[c])
        self.lines.append(f"{c} {at}..{at + a.size - 1} {label}")
        self.got[c].append((name + "_flat", a))

    def add(self, case, results):
        p = f"c{self.many}_"
        self.many += 1
        for k, a in case.inputs.items():
            self.give(p + k, a)
        for k, a in case.consts.items():
            self.const(p + k, a)
        self.nodes += renamed(case.nodes, p)
        for k, a in zip(case.outputs, results):
            self.take(p + k, a, case.label())

    def write(self, top):
        where = os.path.join(top, self.name)
        os.makedirs(where, exist_ok=True)
        ins, outs, front, files = [], [], [], []
        self.const("all", np.array([-1], np.int64))
        for c, kind in ROWS.items():
            if not self.given[c]:
                continue
            parts = [a.size for _, a in self.given[c]]
            names = [k + "_row" for k, _ in self.given[c]]
            files.append((f"input_{len(ins)}", one_row(self.given[c], kind)))
            ins.append(helper.make_tensor_value_info(c + "_in", kind, [sum(parts)]))
            if self.version < 13:
                front.append(helper.make_node("Split", [c + "_in"], names, split=parts, axis=0))
            else:
                front.append(helper.make_node("Split", [c + "_in", self.const(c + "_parts", np.array(parts, np.int64))], names, axis=0))
        for c, kind in ROWS.items():
            if self.got[c]:
                files.append((f"output_{len(outs)}", one_row(self.got[c], kind)))
                outs.append(helper.make_tensor_value_info(c, kind, [sum(a.size for _, a in self.got[c])]))
                self.node("Concat", [k for k, _ in self.got[c]], [c], axis=0)
        g = helper.make_graph(front + self.nodes, self.name, ins, outs, self.inits)
        m = helper.make_model(g, ir_version=10, opset_imports=opsets(self.nodes, self.version))
        with open(os.path.join(where, "model.onnxtxt"), "w", encoding="utf-8") as f:
            f.write(onnx.printer.to_text(m) + "\n")
        with open(os.path.join(where, "cases.txt"), "w", encoding="utf-8") as f:
            f.write("\n".join(self.lines) + "\n")
        for k, a in files:
            np.save(os.path.join(where, k + ".npy"), a)
        print(f"{self.name}: {self.many} cases")


def one_row(pieces, kind):
    wide = helper.tensor_dtype_to_np_dtype(kind)
    return np.concatenate([a.astype(wide).ravel() for _, a in pieces])


FAMILIES = {}


def family(*versions):
    """Marks a function f(family, version) that adds cases, for each of the versions."""

    def mark(f):
        FAMILIES[f.__name__] = (f, versions)
        return f

    return mark


def main(argv):
    """argv: the folder, then the families that are wanted."""
    for name in argv[2:] or FAMILIES:
        make, versions = FAMILIES[name]
        for v in versions:
            f = Family(name, v)
            make(f, v)
            f.write(argv[1])
