"""ONNX Runtime through its C interface, so that no Python runs inside what is timed."""

import ctypes
import glob
import os

import numpy as np

# Places in the table OrtApi, which only ever grows at its end.
CREATE_ENV, CREATE_SESSION, RUN, CREATE_SESSION_OPTIONS = 3, 7, 9, 10
SET_OPTIMIZATION, SET_INTRA_THREADS, SET_INTER_THREADS = 23, 24, 25
CREATE_TENSOR_WITH_DATA, CREATE_CPU_MEMORY_INFO, GET_ERROR_MESSAGE = 49, 69, 2
API_VERSION, ENABLE_ALL, LOG_ERROR = 16, 99, 3

# ONNXTensorElementDataType of what the models take and give.
ELEMENT = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "bool": 9, "float64": 11}
DTYPE = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(bool)": "bool",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
}


class Runtime:
    """One environment per process."""

    def __init__(self):
        import onnxruntime

        folder = os.path.join(os.path.dirname(onnxruntime.__file__), "capi")
        libraries = glob.glob(os.path.join(folder, "libonnxruntime.so*"))
        if not libraries:
            raise SystemExit("this onnxruntime wheel has no libonnxruntime.so; 1.30 and later do")
        base = ctypes.CDLL(libraries[0]).OrtGetApiBase
        base.restype = ctypes.POINTER(ctypes.c_void_p)
        entry = base()
        self.version = ctypes.CFUNCTYPE(ctypes.c_char_p)(entry[1])().decode()
        get_api = ctypes.CFUNCTYPE(ctypes.POINTER(ctypes.c_void_p), ctypes.c_uint32)(entry[0])
        self.table = get_api(API_VERSION)
        self.env = self.make(CREATE_ENV, ctypes.c_int(LOG_ERROR), b"bench")
        self.memory = self.make(CREATE_CPU_MEMORY_INFO, ctypes.c_int(0), ctypes.c_int(0))

    def call(self, index, *arguments):
        types = [ctypes.c_char_p if isinstance(a, bytes) else type(a) for a in arguments]
        function = ctypes.CFUNCTYPE(ctypes.c_void_p, *types)(self.table[index])
        status = function(*arguments)
        if status:
            message = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p)(
                self.table[GET_ERROR_MESSAGE]
            )(status)
            raise RuntimeError(message.decode())

    def make(self, index, *arguments):
        """Calls a function whose last parameter receives a new object; returns that."""
        made = ctypes.c_void_p()
        self.call(index, *arguments, ctypes.c_void_p(ctypes.addressof(made)))
        return made

    def tensor(self, array):
        shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        return self.make(
            CREATE_TENSOR_WITH_DATA,
            self.memory,
            ctypes.c_void_p(array.ctypes.data),
            ctypes.c_size_t(array.nbytes),
            ctypes.c_void_p(ctypes.addressof(shape)),
            ctypes.c_size_t(array.ndim),
            ctypes.c_int(ELEMENT[str(array.dtype)]),
        )


class Session:
    """A model on one thread with every optimization, its tensors bound to the arrays given."""

    def __init__(self, runtime, path, inputs, outputs):
        options = runtime.make(CREATE_SESSION_OPTIONS)
        runtime.call(SET_OPTIMIZATION, options, ctypes.c_int(ENABLE_ALL))
        runtime.call(SET_INTRA_THREADS, options, ctypes.c_int(1))
        runtime.call(SET_INTER_THREADS, options, ctypes.c_int(1))
        self.session = runtime.make(CREATE_SESSION, runtime.env, os.fsencode(path), options)
        self.run = runtime.table[RUN]
        self.kept = (inputs, outputs)
        self.input_names, self.inputs = self.bind(runtime, inputs)
        self.output_names, self.outputs = self.bind(runtime, outputs)

    @staticmethod
    def bind(runtime, arrays):
        names = (ctypes.c_char_p * len(arrays))(*[name.encode() for name in arrays])
        return names, (ctypes.c_void_p * len(arrays))(
            *[runtime.tensor(a).value for a in arrays.values()]
        )

    def time(self, library, count):
        """Seconds per run over `count` runs, measured by timer.c's loop."""
        seconds = library.bench_ort(
            ctypes.c_void_p(self.run),
            self.session,
            self.input_names,
            self.inputs,
            ctypes.c_size_t(len(self.inputs)),
            self.output_names,
            ctypes.c_size_t(len(self.outputs)),
            self.outputs,
            ctypes.c_long(count),
        )
        if seconds < 0:
            raise RuntimeError("OrtApi::Run failed")
        return seconds


def random_inputs(path, seed):
    """Inputs by name, and ONNX Runtime's outputs for them with optimizations off, by name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(seed)
    inputs = {}
    for i in session.get_inputs():
        shape = [d if isinstance(d, int) else 1 for d in i.shape]
        dtype = DTYPE[i.type]
        if dtype.startswith("float"):
            value = random.standard_normal(shape)
        else:
            value = random.integers(0, 2 if dtype == "bool" else 10, shape)
        inputs[i.name] = np.ascontiguousarray(value.astype(dtype))
    names = [o.name for o in session.get_outputs()]
    return inputs, dict(zip(names, session.run(names, inputs)))
