#!/usr/bin/env python3
"""Prints compiler/driver/code_size.def: the bytes that steps of each kernel, loops and the rest take in flash,
measured with the compilers and flags of the profiles.

Run: python3 tools/code_size.py --edgecc build/edgecc >compiler/driver/code_size.def
Needs numpy, the target compilers and the corpus (EDGECC_CORPUS). With --machine the rows of others are taken from
the file as it is; with --missing all rows are, and only models with kernels that have none are compiled. So are all RATES
without --rates, whose fit to so few networks is not always the better one. With --check it prints how far estimates are
off instead.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEF = os.path.join(TOP, "compiler", "driver", "code_size.def")
MACHINES = {  # the order of enum machine in code_size.c
    "thumb1": ["cortex-m0"],
    "thumb2": ["cortex-m3", "cortex-m4f", "cortex-m55"],
    "riscv": ["rv32imc"],
    "riscv_fpu": ["rv32imafc"],
    "riscv_v": ["rv32imafc-zve32f"],
    "avr": ["atmega2560"],
    "xtensa": ["xtensa-lx106"],
}
HARD = {"cortex-m4f", "cortex-m55", "rv32imafc", "rv32imafc-zve32f"}  # have an FPU
NETS = [
    "bench/mobilenetv1_025_96_qdq", "bench/dscnn", "bench/lstm64", "models/converted/mlperf_ic_int8",
    "models/converted/mlperf_kws_int8", "models/converted/tinymaix_mnist_dw_f",
    "models/converted/tinymaix_mnist_dw_q", "models/converted/tinymaix_mnist_valid_q",
]
# These without floats at their border, too: what floats cost is told apart by them.
INTEGER = ["bench/mobilenetv1_025_96_qdq", "models/converted/mlperf_ic_int8", "models/converted/mlperf_kws_int8"]
OWN = ["examples/digits/digits.onnx", "tests/data/gru/gru.onnxtxt"]
# Kernels that no network has are measured in these, whose many steps are small; nothing else is.
GALLERY = ["attention_23", "fusion_a_20", "fusion_b_20", "product_13", "q_chains", "q_conv", "q_conv_transpose", "q_expanded",
           "q_float_results", "q_matmul", "q_recurrent", "q_recurrent_any"]
RATES = ("file", "loops", "term", "step", "base", "soft_floats", "wide", "gates", "turn")


def models():
    corpus = os.environ.get("EDGECC_CORPUS") or sys.exit("no corpus: set EDGECC_CORPUS")
    return ([[os.path.join(TOP, f)] for f in OWN] + [[os.path.join(corpus, n, "model.onnx")] for n in NETS] +
            [[os.path.join(corpus, n, "model.onnx"), "--quantized-io"] for n in INTEGER])


def gallery():
    return [[os.path.join(TOP, "tests", "variations", n, "model.onnxtxt")] for n in GALLERY]


def edgecc(options, *words):
    """The JSON of one run; None where the model is not for this target."""
    budgets = ["--ram-budget", "1G"] + (["--flash-budget", "1G"] if words[0] == "compile" else [])
    done = subprocess.run([options.edgecc, *words, "--json", "-q", *budgets], capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def sections(text):
    """Bytes by section, from readelf -S -W."""
    found = re.findall(r"^ *\[ *\d+\] (\S+) +PROGBITS +\S+ \S+ (\S+)", text, re.M)
    return {name: int(size, 16) for name, size in found}


class Step:
    """Of an emitted model: its function, as far as it has one of its own."""

    def __init__(self, number, said, c, sizes):
        self.kernel, self.terms = said["kernel"], said["terms"]
        body = re.search(r"m_step_%d\(.*?\n}\n" % number, c, re.S)
        self.body = body.group() if body else ""
        self.pointwise = ".kh = 1," in self.body and ".kw = 1," in self.body
        self.wide = self.kernel == "loops" and "int64_t" in self.body
        self.bytes = sum(sizes.get(".%s.m_step_%d" % (part, number), 0) for part in ("text", "literal"))


Model = collections.namedtuple("Model", "steps code floats gates")


def measure(options, target, words, wanted):
    """Of a model with options and kernels that are `wanted`; None where it is not for the target."""
    profiles = {t["name"]: t for t in json.loads(subprocess.run(
        [options.edgecc, "targets", "--json"], capture_output=True, text=True, check=True).stdout)}
    with tempfile.TemporaryDirectory() as folder:
        said = edgecc(options, "compile", *words, "--name", "m", "-o", folder, "--target", target)
        if not said or not any(wanted(s["kernel"]) for s in said["steps"]):
            return None
        total = options.rates and edgecc(options, "inspect", *words, "--target", target)
        if options.rates and (not total or total["code_from"] == "estimate"):
            return None
        flags = profiles[target]["cflags"].split()
        subprocess.run([profiles[target]["cc"], *flags, "-ffunction-sections", "-c", folder + "/m.c", "-o",
                        folder + "/m.o"], check=True)
        found = subprocess.run(["readelf", "-S", "-W", folder + "/m.o"], capture_output=True, text=True, check=True)
        with open(folder + "/m.c", encoding="ascii") as f:
            c = f.read()
    steps = [Step(i, s, c, sections(found.stdout)) for i, s in enumerate(said["steps"])]
    gates = any(re.match(r"edgert_(lstm|gru|rnn)_f32__", s.kernel) for s in steps)
    return Model(steps, total and total["code_bytes"], target not in HARD and bool(re.search(r"\bfloat \*", c)), gates)


def mean(numbers):
    return round(sum(numbers) / len(numbers)) if numbers else 0


def kernels_of(measured):
    """Bytes of a step, and of one whose window is 1x1 where that is told apart, by kernel."""
    of = collections.defaultdict(lambda: ([], []))
    for model in measured:
        for s in model.steps:
            if s.bytes and s.kernel != "loops" and "m_kernel_" not in s.body:  # else it shares a function
                of[s.kernel][s.pointwise].append(s.bytes)
    return {k: (mean(general or one), mean(one) if general else 0) for k, (general, one) in of.items()}


def fit(rows, wanted):
    """Coefficients, none below 0, that come nearest."""
    a, b = numpy.array(rows, float), numpy.array(wanted, float)
    used = list(range(a.shape[1]))
    while used:
        x = numpy.linalg.lstsq(a[:, used], b, rcond=None)[0]
        if min(x) >= 0:
            return {k: round(v) for k, v in zip(used, x)}
        del used[int(numpy.argmin(x))]
    return {}


def rates_of(measured, kernels, kernel_file):
    loops = [s for m in measured for s in m.steps if s.kernel == "loops" and s.bytes]
    # Relative: what matters is a share of the whole.
    f = fit([[1 / s.bytes, s.terms / s.bytes] for s in loops], [1] * len(loops))
    files = [(b[0], os.path.getsize(os.path.join(TOP, "runtime", kernel_file(k)))) for k, b in kernels.items()]
    rest = [(m, m.code - sum(s.bytes for s in m.steps)) for m in measured]
    g = fit([[len(m.steps) / m.code, 1 / m.code, m.floats / m.code, any(s.wide for s in m.steps) / m.code, m.gates / m.code]
             for m, _ in rest], [r / m.code for m, r in rest])
    return {"file": round(1000 * sum(b for b, _ in files) / sum(size for _, size in files)),
            "loops": f.get(0, 0), "term": f.get(1, 0), "step": g.get(0, 0), "base": g.get(1, 0),
            "soft_floats": g.get(2, 0), "wide": g.get(3, 0), "gates": g.get(4, 0)}


def read_def():
    """What the file says now: kernels by machine, rates by machine."""
    kernels, rates = collections.defaultdict(dict), {}
    with open(DEF, encoding="ascii") as f:
        for line in f:
            k = re.match(r"KERNEL\((\w+), (.*)\)$", line)
            r = re.match(r"RATES\((\w+), (.*)\)$", line)
            if k:
                numbers = [int(n) for n in re.findall(r"\d+", k[2])]
                for i, machine in enumerate(MACHINES):
                    kernels[machine][k[1]] = tuple(numbers[2 * i:2 * i + 2])
            elif r:
                rates[r[1].lower()] = dict(zip(RATES, (int(n) for n in r[2].split(","))))
    return kernels, rates


def kernel_files():
    with open(os.path.join(TOP, "runtime", "local.mk"), encoding="ascii") as f:
        names = re.findall(r"runtime/(kernels/\w+/\w+\.c)", f.read())
    return {function: name for name in names for function in
            re.findall(r"(edgert_\w+__\w+)\(", open(os.path.join(TOP, "runtime", name), encoding="utf-8").read())}


def check(options):
    print("| profile | model | estimated | measured | flash off by |\n|---|---|---|---|---|")
    for machine in options.machine or MACHINES:
        for target in MACHINES[machine]:
            for words in models():
                with tempfile.TemporaryDirectory() as folder:
                    said = edgecc(options, "compile", *words, "-o", folder, "--target", target)
                real = said and edgecc(options, "inspect", *words, "--target", target)
                if real and said["code_from"] == "estimate":
                    print("| %s | %s | %d | %d | %+.1f %% |" % (
                        target, " ".join(words).replace("/model.onnx", "").split("/")[-1], said["code_bytes"], real["code_bytes"],
                        100 * (said["flash_bytes"] / real["flash_bytes"] - 1)), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edgecc", default="build/edgecc")
    parser.add_argument("--machine", action="append", choices=list(MACHINES))
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--rates", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        return check(options)
    kernels, rates = read_def()
    if not options.machine and not options.missing:
        kernels.clear()
    files = kernel_files()
    for machine in options.machine or MACHINES:
        there = {k: v for k, v in kernels[machine].items() if options.missing and any(v)}
        measured, others = ([m for t in MACHINES[machine] for m in (
            measure(options, t, p, lambda k: k in files and k not in there) for p in of) if m] for of in (models(), gallery()))
        found = {**kernels_of(others), **kernels_of(measured)}
        kernels[machine] = {k: v for k, v in found.items() if k in files} | there
        if options.rates:
            rates[machine] |= rates_of(measured, kernels[machine], lambda k: files[k])
    print("/* Made by tools/code_size.py: bytes of code. KERNEL(function, for each of enum machine: of a step, of one\n"
          " * whose window is 1x1 where that is told apart), RATES(machine, %s). */" % ", ".join(RATES))
    print("/* clang-format off */\n#ifdef KERNEL")
    for k in sorted({k for of in kernels.values() for k in of if any(of[k])}):
        print("KERNEL(%s, %s)" % (k, ", ".join("{ %d, %d }" % kernels[m].get(k, (0, 0)) for m in MACHINES)))
    print("#endif\n#ifdef RATES")
    for m in MACHINES:
        print("RATES(%s, %s)" % (m.upper(), ", ".join(str(rates[m].get(r, 0)) for r in RATES)))
    print("#endif\n/* clang-format on */")


if __name__ == "__main__":
    main()
