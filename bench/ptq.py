"""What accuracy and quantize share: labelled data of the corpus, and onnxruntime.quantization.

Run as MODEL SAMPLES FOLDER it leaves ort.onnx in FOLDER; SAMPLES: a folder of .npz files.
"""

import os
import sys

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime
from onnxruntime import quantization
from onnxruntime.quantization import shape_inference

onnxruntime.set_default_logger_severity(4)


def imagenet(x):
    return (x / 255 - np.float32([0.485, 0.456, 0.406])) / np.float32(0.225)


# model: data, how pixels become inputs
LABELLED = {
    "tinyml/mlperf_ic_resnet8_fp32": ("cifar10", lambda x: x),
    "converted/mlperf_ic_fp32": ("cifar10", lambda x: x),
    "converted/tinymaix_cifar10_f": ("cifar10", lambda x: x / 255),
    "vision/marabou_cifar_base_kw": ("cifar10", imagenet),
    "vision/marabou_cifar_deep_kw": ("cifar10", imagenet),
    "tinyml/mnist_8_cntk": ("mnist", lambda x: x),
    "tinyml/mnist_onnxmlir": ("mnist", lambda x: (x / 255 - 0.1307) / 0.3081),
    "tinyml/mnist_pytorch_onnx2c": ("mnist", lambda x: (x / 255 - 0.1307) / 0.3081),
    "converted/tinymaix_mnist_valid_f": ("mnist", lambda x: x / 255),
    "converted/tinymaix_mnist_dw_f": ("mnist", lambda x: x / 255),
    "vision/marabou_cnn_max_mninst2": ("mnist", lambda x: x / 255),
    "vision/marabou_mnist5x20_leaky_relu": ("mnist", lambda x: x / 255),
    "vision/marabou_self-attention-mnist-pgd-medium-sim": ("mnist", lambda x: x / 255),
    "vision/marabou_self-attention-small-sim": ("mnist", lambda x: x / 255),
    "vision/marabou_robust_model_sigmoid_linear": ("mnist", lambda x: x / 255),
    "converted/mlperf_kws_fp32": ("speech", lambda x: x),
}


def data_sets(folder):
    """name: (calibration samples, samples, labels)."""

    def load(name):
        return np.load(os.path.join(folder, "data", name))

    speech = load("speech_samples/kws_mfcc49x10_f32.npy")
    return {
        "cifar10": (
            load("cifar10/calib_x_u8_nhwc.npy"),
            load("cifar10/test_x_u8_nhwc.npy"),
            load("cifar10/test_y_u8.npy"),
        ),
        "mnist": (
            load("mnist/calib_x_u8.npy"),
            load("mnist/test_x_u8.npy"),
            load("mnist/test_y_u8.npy"),
        ),
        "speech": (speech[::5], speech, load("speech_samples/kws_y_u8.npy")),
    }


def shaped(x, shape):
    """Samples as [samples, *shape of one], channels first where the model has them there."""
    one = [d if isinstance(d, int) and d > 0 else 1 for d in shape]
    if x.ndim == 4 and len(one) == 4 and one[1] == x.shape[3] and one[3] != x.shape[3]:
        x = x.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(x.reshape([len(x), *one]), np.float32)


class Reader(quantization.CalibrationDataReader):
    def __init__(self, samples):
        self.items = iter(samples)

    def get_next(self):
        return next(self.items, None)


def ort_quantized(model, samples, folder):
    """onnxruntime.quantization's QDQ model after its own preparation; samples: dicts of inputs.

    It wants what it does not see to itself: opset 13 for scales per channel, and initializers that
    are no inputs. Where its scales per channel fail, it gets its default, a scale per tensor.
    """
    ready, out = os.path.join(folder, "ready.onnx"), os.path.join(folder, "ort.onnx")
    loaded = onnx.load(model)
    constants = {t.name for t in loaded.graph.initializer}
    inputs = [i for i in loaded.graph.input if i.name not in constants]
    del loaded.graph.input[:]
    loaded.graph.input.extend(inputs)
    loaded.ir_version = max(loaded.ir_version, 8)
    if next(o.version for o in loaded.opset_import if o.domain in ("", "ai.onnx")) < 13:
        loaded = onnx.version_converter.convert_version(loaded, 13)
    model = os.path.join(folder, "newer.onnx")
    onnx.save(loaded, model)
    shape_inference.quant_pre_process(model, ready, skip_symbolic_shape=True)
    try:
        quantization.quantize_static(ready, out, Reader(samples), per_channel=True)
    except ValueError:
        quantization.quantize_static(ready, out, Reader(samples))
    return out


def session(model, literal=False):
    """One thread; literal: without optimizations, which compute a QDQ model in integers."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if literal:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def load_samples(folder):
    return [dict(np.load(os.path.join(folder, f))) for f in sorted(os.listdir(folder))]


if __name__ == "__main__":
    ort_quantized(sys.argv[1], load_samples(sys.argv[2]), sys.argv[3])
