#!/usr/bin/env python3
"""Makes tests/variations/NAME_VERSION: com.microsoft's searches over small random language models.

Needs onnx, onnxruntime, ml_dtypes, numpy. Run: python3 tests/data/search_cases.py tests/variations [FAMILY...]
ONNX Runtime leaves what is behind a search that ends early as it finds it: such outputs are not asked for.
"""
import sys

import numpy as np
from cases import F32, Case, family, main
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT32 = TensorProto.FLOAT, TensorProto.INT32
HEADS, DEPTH, WORDS = 2, 2, 7
WIDTH = HEADS * DEPTH
node = helper.make_node


def i32(*rows):
    return np.array(rows[0] if len(rows) == 1 else rows, np.int32)


def graph(name, nodes, ins, outs):
    """ins, outs: (name, type, shape). What the nodes name beside these is captured."""
    return helper.make_graph(nodes, name, *[[helper.make_tensor_value_info(*v) for v in side] for side in (ins, outs)])


def const(name, values):
    return node("Constant", [], [name], value=numpy_helper.from_array(np.array(values, np.int64)))


def heads(x, y):
    """[b, s, WIDTH] as [b, HEADS, s, DEPTH]."""
    return [node("Reshape", [x, "split"], [y + "s"]), node("Transpose", [y + "s"], [y], perm=[0, 2, 1, 3])]


def whole(x, y):
    return [node("Transpose", [x], [y + "t"], perm=[0, 2, 1, 3]), node("Reshape", [y + "t", "join"], [y])]


def words(x, y):
    """Logits of states."""
    return [node("Tanh", [x], [y + "h"]), node("MatMul", [y + "h", "out"], [y])]


NUMBERS = [const("split", [0, 0, HEADS, DEPTH]), const("join", [0, 0, WIDTH]), const("zero", [0]), const("middle", [1, 3]), const("last", [2])]


def weights(f):
    return {"table": f.normal(WORDS, WIDTH), "places": f.normal(16, WIDTH, scale=0.5), "out": f.normal(WIDTH, WORDS)}


def gpt(layers=1):
    """The mean of what is remembered, masked, added to the word's and the place's own."""
    nodes = NUMBERS + [node("Gather", ["table", "input_ids"], ["word"]), node("Gather", ["places", "position_ids"], ["place"]), node("Add", ["word", "place"], ["x"])]
    nodes += heads("x", "key") + [node("Unsqueeze", ["key", "zero"], ["key1"]), node("Concat", ["key1", "key1"], ["both"], axis=0)]
    nodes += [node("Cast", ["attention_mask"], ["shown"], to=FLOAT), node("Unsqueeze", ["shown", "middle"], ["shown4"])]
    total = "key"
    for k in range(layers):
        nodes += [node("Concat", [f"past_{k}", "both"], [f"present_{k}"], axis=3), node("ReduceSum", [f"present_{k}", "zero"], [f"sum_{k}"], keepdims=0)]
        nodes += [node("Mul", [f"sum_{k}", "shown4"], [f"masked_{k}"]), node("ReduceSum", [f"masked_{k}", "last"], [f"seen_{k}"]), node("Add", [total, f"seen_{k}"], [f"total_{k}"])]
        total = f"total_{k}"
    nodes += whole(total, "y") + words("y", "logits")
    past = [2, "b", HEADS, "p", DEPTH]
    ins = [("input_ids", INT32, ["b", "s"]), ("position_ids", INT32, ["b", "s"]), ("attention_mask", INT32, ["b", "t"])]
    return graph("gpt", nodes, ins + [(f"past_{k}", FLOAT, past) for k in range(layers)], [("logits", FLOAT, ["b", "s", WORDS])] + [(f"present_{k}", FLOAT, past) for k in range(layers)])


PAST = ["b", HEADS, "p", DEPTH]


def decoder(hidden=True, all_words=False, mask="encoder_attention_mask"):
    nodes = NUMBERS + [node("Gather", ["table", "input_ids"], ["x"])] + heads("x", "key")
    nodes += [node("Concat", ["past_key_self_0", "key"], ["present_key_self_0"], axis=2), node("Neg", ["key"], ["value"]), node("Concat", ["past_value_self_0", "value"], ["present_value_self_0"], axis=2)]
    nodes += [node("ReduceMean", ["present_value_self_0"], ["own"], axes=[2]), node("ReduceMean", ["past_key_cross_0"], ["other"], axes=[2]), node("ReduceMax", ["past_value_cross_0"], ["peak"], axes=[2])]
    nodes += [node("Add", ["key", "own"], ["a0"]), node("Add", ["a0", "other"], ["a1"]), node("Add", ["a1", "peak"], ["a2"])] + whole("a2", "a3")
    state = "a3"
    if mask:
        nodes += [node("Cast", [mask], ["shown"], to=FLOAT), node("ReduceMean", ["shown"], ["share"], axes=[1]), node("Unsqueeze", ["share", "last"], ["share3"]), node("Mul", ["a3", "share3"], ["a4"])]
        state = "a4"
    if hidden:
        nodes += [node("ReduceMean", ["encoder_hidden_states"], ["thought"], axes=[1]), node("Add", [state, "thought"], ["a5"])]
        state = "a5"
    nodes += words(state, "logits")
    ins = [("input_ids", INT32, ["b", "s" if all_words else 1])] + ([(mask, INT32, ["b", "e"])] if mask else []) + ([("encoder_hidden_states", FLOAT, ["b", "e", WIDTH])] if hidden else [])
    ins += [(f"past_{k}_{w}_0", FLOAT, PAST) for w in ("self", "cross") for k in ("key", "value")]
    return graph("decoder", nodes, ins, [("logits", FLOAT, ["b", "s", WORDS])] + [(f"present_{k}_self_0", FLOAT, PAST) for k in ("key", "value")])


def crossed(x):
    return heads(x, "present_key_cross_0") + [node("Exp", ["present_key_cross_0"], ["present_value_cross_0"])]


def encoder(first=True, sound=False):
    """first: with the logits of the first word. sound: of features [b, WIDTH, frames] in place of words."""
    if sound:
        nodes, ins = [node("Transpose", ["encoder_input_ids"], ["encoder_hidden_states"], perm=[0, 2, 1])], [("encoder_input_ids", FLOAT, ["b", WIDTH, "e"])]
    else:
        nodes = [node("Gather", ["table", "encoder_input_ids"], ["e0"]), node("Cast", ["encoder_attention_mask"], ["shown"], to=FLOAT), node("Unsqueeze", ["shown", "last"], ["shown3"]), node("Mul", ["e0", "shown3"], ["encoder_hidden_states"])]
        ins = [("encoder_input_ids", INT32, ["b", "e"]), ("encoder_attention_mask", INT32, ["b", "e"])]
    nodes = NUMBERS + nodes + crossed("encoder_hidden_states")
    outs = [(f"present_{k}_cross_0", FLOAT, PAST) for k in ("key", "value")]
    if not first:
        return graph("encoder", nodes, ins, outs)
    nodes += [node("Gather", ["table", "decoder_input_ids"], ["x"])] + heads("x", "present_key_self_0") + [node("Neg", ["present_key_self_0"], ["present_value_self_0"])]
    nodes += [node("ReduceMean", ["encoder_hidden_states"], ["thought"], axes=[1]), node("Add", ["x", "thought"], ["y"])] + words("y", "logits")
    own = [(f"present_{k}_self_0", FLOAT, PAST) for k in ("key", "value")]
    return graph("encoder", nodes, ins + [("decoder_input_ids", INT32, ["b", "s"])], [("logits", FLOAT, ["b", "s", WORDS]), ("encoder_hidden_states", FLOAT, ["b", "e", WIDTH])] + own + outs)


BEAM = ("input_ids", "max_length", "min_length", "num_beams", "num_return_sequences", "length_penalty", "repetition_penalty", "vocab_mask", "prefix_vocab_mask", "attention_mask", "decoder_input_ids", "logits_processor")
GREEDY = ("input_ids", "max_length", "min_length", "repetition_penalty", "vocab_mask", "prefix_vocab_mask", "attention_mask", "presence_mask", "seed")
OUTS = ("sequences", "sequences_scores", "scores")


def search(f, op, graphs, given, outs=1, at_run_time=("input_ids", "attention_mask", "decoder_input_ids"), like=None, **attrs):
    """like: what ONNX Runtime gets in place of presence_mask."""
    names = BEAM if op == "BeamSearch" else GREEDY
    ins = [k if k in given else "" for k in names]
    while not ins[-1]:
        ins.pop()
    outs = list(OUTS[:outs])
    attrs = {"eos_token_id": 5, "pad_token_id": 0} | attrs | graphs
    inputs = {k: a for k, a in given.items() if k in at_run_time}
    consts = {k: a for k, a in given.items() if k not in at_run_time}
    consts |= weights(f)
    case = Case([node(op, ins, outs, domain="com.microsoft", **attrs)], inputs, outs, consts, f.version)
    other = case
    if like:
        n = node(op, [k if k in given | like and k != "presence_mask" else "" for k in names], outs, domain="com.microsoft", **attrs)
        other = Case([n], inputs, outs, consts | like, f.version)
    f.add(case, other.by_onnxruntime())


IDS = i32([0, 4, 2], [3, 6, 1])


def beams(ids=IDS, most=8, beams=3, back=2, length=1.0, repeat=1.0, **more):
    return {"input_ids": ids, "max_length": i32([most]), "min_length": i32([0]), "num_beams": i32([beams]), "num_return_sequences": i32([back]), "length_penalty": np.array([length], F32), "repetition_penalty": np.array([repeat], F32)} | more


@family(17)
def search_gpt(f, v):
    g = {"decoder": gpt()}
    shown, prefix = i32(1, 0, 1, 1, 1, 1, 0), i32([1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1])
    search(f, "BeamSearch", g, beams(), 3, eos_token_id=WORDS - 1, pad_token_id=2)
    search(f, "BeamSearch", {"decoder": gpt(2)}, beams(beams=4, back=3), 2)
    for length in (0.2, 3.0, -1.0):
        search(f, "BeamSearch", g, beams(length=length, beams=2), 2, eos_token_id=3)
    search(f, "BeamSearch", g, beams(repeat=1.8), 2)
    search(f, "BeamSearch", g, beams(repeat=0.6), 2, early_stopping=1)
    for n in (1, 2, 3):
        search(f, "BeamSearch", g, beams(most=6 if n == 1 else 11), 2, no_repeat_ngram_size=n)
    search(f, "BeamSearch", g, beams(vocab_mask=shown), 2)
    search(f, "BeamSearch", g, beams(prefix_vocab_mask=prefix), 2)
    search(f, "BeamSearch", g, beams(vocab_mask=shown, prefix_vocab_mask=prefix, min_length=i32([6]), repeat=1.2), 2, no_repeat_ngram_size=2)
    search(f, "BeamSearch", g, beams(attention_mask=i32([1, 0, 1], [0, 1, 1])), 2)
    search(f, "BeamSearch", g, beams(beams=1, back=1), 3, eos_token_id=WORDS - 1)
    search(f, "BeamSearch", g, beams(i32([[2], [3], [1]]), beams=5, back=5), 2)
    search(f, "BeamSearch", g, beams(i32([[2, 4, 4, 1]]), most=5, min_length=i32([4])), 3)
    search(f, "BeamSearch", g | {"init_decoder": gpt()}, beams(vocab_mask=shown), 2, at_run_time=("input_ids", "length_penalty", "repetition_penalty", "vocab_mask"))


@family(17)
def search_one(f, v):
    g = {"decoder": gpt()}
    shown, prefix = i32(1, 0, 1, 1, 1, 1, 0), i32([1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1])
    plain = {"input_ids": IDS, "max_length": i32([9]), "min_length": i32([0]), "repetition_penalty": np.array([1], F32)}
    many = plain | {"vocab_mask": shown, "prefix_vocab_mask": prefix, "attention_mask": i32([0, 1, 1], [1, 1, 1]), "repetition_penalty": np.array([1.5], F32), "min_length": i32([9])}
    for op in ("GreedySearch", "Sampling"):
        more = {"top_p": 0.8} if op == "Sampling" else {}
        seed = {"seed": i32([17])} if op == "Sampling" else {}
        search(f, op, g, plain | seed | {"min_length": i32([9])}, **more)
        search(f, op, {"decoder": gpt(2)}, many | seed, **more)
        search(f, op, g, plain | seed | {"vocab_mask": shown, "min_length": i32([9])}, no_repeat_ngram_size=2, **more)
        search(f, op, g | {"init_decoder": gpt()}, plain | seed | {"input_ids": i32([[1], [2], [4]]), "min_length": i32([7]), "max_length": i32([7])}, pad_token_id=6, **more)
    for top_p, heat, more in ((0.3, 1.0, {}), (0.9, 2.5, {}), (0.95, 0.4, {"min_tokens_to_keep": 3}), (0.5, 1.0, {"custom": 1}), (0.9, 3.0, {"custom": 1, "filter_value": -3.0})):
        search(f, "Sampling", g, plain | {"seed": i32([int(100 * heat)]), "min_length": i32([9])}, top_p=top_p, temperature=heat, **more)
    # ONNX Runtime does something else with presence_mask than it says: words that it bars altogether are a vocab_mask
    barred = i32([0, 0, 1, 1, 0, 0, 1])
    search(f, "Sampling", g, plain | {"seed": i32([5]), "presence_mask": np.stack([barred, barred])}, top_p=0.9, presence_penalty=1e30, like={"vocab_mask": 1 - barred})


@family(17)
def search_t5(f, v):
    t5 = {"model_type": 1, "decoder_start_token_id": 1}
    ids = i32([0, 0, 4, 2], [3, 0, 1, 0])
    old = {"encoder": encoder(), "decoder": decoder()}
    search(f, "BeamSearch", old, beams(ids), 2, **t5)
    search(f, "BeamSearch", old, beams(ids, length=0.3, beams=4, back=4, repeat=1.4), 2, early_stopping=1, **t5)
    search(f, "BeamSearch", old, beams(ids, min_length=i32([5])), 2, no_repeat_ngram_size=2, **t5)
    search(f, "BeamSearch", old, beams(ids, attention_mask=i32([0, 1, 1, 0], [1, 1, 1, 1])), 2, **t5)
    search(f, "BeamSearch", {"encoder": encoder(), "decoder": decoder(hidden=False)}, beams(ids, vocab_mask=i32(1, 0, 1, 1, 1, 1, 0)), 2, **t5)
    search(f, "BeamSearch", {"encoder": encoder(), "decoder": decoder(all_words=True)}, beams(ids), 2, **t5)
    search(f, "BeamSearch", old, beams(ids[:1], most=6), 3, **t5 | {"eos_token_id": WORDS - 1})
    new = {"encoder": encoder(first=False), "decoder": decoder(hidden=False)}
    search(f, "BeamSearch", new, beams(ids), 2, **t5)
    search(f, "BeamSearch", new, beams(ids, beams=2, min_length=i32([7])), 2, **t5)
    whisper = {"model_type": 2, "decoder_start_token_id": 1}
    sound = {"encoder": encoder(sound=True), "decoder": decoder(hidden=False, mask=None)}
    search(f, "BeamSearch", sound, beams(f.normal(2, WIDTH, 5)), 2, **whisper)
    search(f, "BeamSearch", sound, beams(f.normal(2, WIDTH, 3), decoder_input_ids=i32([1], [2]), repeat=1.3), 2, **whisper)
    search(f, "BeamSearch", sound, beams(f.normal(2, WIDTH, 3), decoder_input_ids=i32([1, 3], [2, 4]), logits_processor=i32([0])), 2, **whisper)


if __name__ == "__main__":
    main(sys.argv)
