"""What the bench scripts share: Python packages, the compiler, models, and what a child costs."""

import glob
import json
import os
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)


def need_packages(*names):
    """Restarts the script under a Python that has these packages.

    This one if it has them; else $PYTHON if set; else a virtual environment in
    $EDGECC_BENCH_VENV (~/.cache/edgecc-bench), filled from PyPI the first time.
    """
    try:
        for name in names:
            __import__(name)
        return
    except ImportError as error:
        if os.environ.get("EDGECC_BENCH_RESTARTED"):
            sys.exit("%s: %s" % (sys.executable, error))
    python = os.environ.get("PYTHON")
    if not python:
        folder = os.environ.get("EDGECC_BENCH_VENV") or os.path.expanduser("~/.cache/edgecc-bench")
        python = os.path.join(folder, "bin", "python")
        if not os.path.exists(python):
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *names], check=True)
    os.environ["EDGECC_BENCH_RESTARTED"] = "1"
    os.execv(python, [python] + sys.argv)


def edgecc_path(given):
    path = given or os.environ.get("EDGECC") or os.path.join(TOP, "edgecc")
    if not os.access(path, os.X_OK):
        sys.exit("%s is not built; name it with --edgecc or EDGECC" % path)
    return os.path.abspath(path)


def corpus():
    """The folder of models, or None."""
    path = os.environ.get("EDGECC_CORPUS") or os.path.join(TOP, "..", "shared", "corpus")
    return path if os.path.isdir(path) else None


def models(wanted):
    """(name, path) of the digits example and the corpus' bench models; only `wanted`, if any: their
    names, or files of other models."""
    files = [w for w in wanted if w.endswith(".onnx")]
    if files:
        wanted = [w for w in wanted if w not in files]
        named = models(wanted) if wanted else []
        return named + [(os.path.basename(f)[: -len(".onnx")], f) for f in files]
    found = [("digits", os.path.join(TOP, "examples", "digits", "digits.onnx"))]
    if corpus():
        found += [
            (os.path.basename(os.path.dirname(path)), path)
            for path in sorted(glob.glob(os.path.join(corpus(), "bench", "*", "model.onnx")))
        ]
    else:
        print("no corpus: set EDGECC_CORPUS; only the digits model is measured")
    unknown = set(wanted) - {name for name, _ in found}
    if unknown:
        sys.exit("no such model: " + ", ".join(sorted(unknown)))
    return [(name, path) for name, path in found if not wanted or name in wanted]


class Failed(Exception):
    """A child process failed; the text is the last line that it said."""


def run(command):
    """Runs a command; returns its standard output."""
    child = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if child.returncode != 0:
        raise Failed((child.stderr.strip() or "exit status %d" % child.returncode).splitlines()[-1])
    return child.stdout


def run_bounded(command, seconds):
    """The same for at most so many seconds; what the command started ends with it."""
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, errors = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise Failed("more than %g s" % seconds) from None
    if child.returncode != 0:
        raise Failed((errors.strip() or "exit status %d" % child.returncode).splitlines()[-1])
    return output


# The folder of the built cost.c, for as long as the script runs.
cost_program = None


def run_measured(command):
    """Runs a command; returns seconds and its peak resident bytes."""
    global cost_program
    if cost_program is None:
        folder = tempfile.TemporaryDirectory()
        run(
            [
                os.environ.get("CC") or "cc",
                "-O2",
                "-o",
                os.path.join(folder.name, "cost"),
                os.path.join(HERE, "cost.c"),
            ]
        )
        cost_program = folder
    text = run([os.path.join(cost_program.name, "cost"), *command])
    _, seconds, kilobytes = text.split("\n")[-2].split()
    return float(seconds), int(kilobytes) * 1024


def compile_model(edgecc, model, out, name, options):
    """Emits C; returns what `edgecc compile --json` reports."""
    text = run([edgecc, "compile", model, "-o", out, "--name", name, "--json", *options])
    return json.loads(text)


def cflags(edgecc, target):
    """What the profile says its C is compiled with, as a list."""
    rows = json.loads(subprocess.check_output([edgecc, "targets", "--json"]))
    return next(row["cflags"] for row in rows if row["name"] == target).split()


def geometric_mean(values):
    product = 1.0
    for v in values:
        product *= v
    return product ** (1.0 / len(values))
