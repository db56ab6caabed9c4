"""PyTorch's numbers for padded batches, in float64: prints reference.json. `python3 reference.py > reference.json`

A case: arrays that the program takes, weights in this library's layout, results, and the gradients of
sum(result * cotangent) by arrays (`x`) and weights (`cell.Wx`).
"""

import json

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
B, T, LENGTHS = 3, 5, torch.tensor([5, 1, 3])
REAL = torch.arange(T)[None] < LENGTHS[:, None]


def array(value):
    value = value.detach()
    kind = {torch.bool: "bool", torch.int64: "int"}.get(value.dtype, "")
    return {"type": kind, "shape": list(value.shape), "data": value.double().flatten().tolist()}


def case(inputs, weights, results, slopes):
    """`slopes` give the gradients by weights once they are there."""
    cotangents = {f"c_{name}": torch.randn(value.shape) for name, value in results.items()}
    sum((value * cotangents[f"c_{name}"]).sum() for name, value in results.items()).backward()
    gradients = {of: slope() for of, slope in slopes.items()}
    gradients.update({name: value.grad for name, value in inputs.items() if value.requires_grad})
    parts = {"inputs": {**inputs, **cotangents}, "weights": weights, "results": results, "gradients": gradients}
    return {part: {name: array(value) for name, value in values.items()} for part, values in parts.items()}


def floats(*shape):
    return torch.randn(*shape, requires_grad=True)


def recurrent_places(layer, path, suffix):
    ih, hh = getattr(layer, f"weight_ih{suffix}"), getattr(layer, f"weight_hh{suffix}")
    bi, bh = getattr(layer, f"bias_ih{suffix}"), getattr(layer, f"bias_hh{suffix}")
    gates = bi.shape[0]
    shared = gates if isinstance(layer, nn.LSTM) else gates // 3 * 2
    both = bi.detach() + torch.cat([bh.detach()[:shared], torch.zeros(gates - shared)])
    values = {f"{path}.Wx": ih.detach().T, f"{path}.Wh": hh.detach().T, f"{path}.b": both}
    slopes = {f"{path}.Wx": lambda: ih.grad.T, f"{path}.Wh": lambda: hh.grad.T, f"{path}.b": lambda: bi.grad}
    if shared < gates:
        values[f"{path}.bn"] = bh.detach()[shared:]
        slopes[f"{path}.bn"] = lambda: bh.grad[shared:]
    return values, slopes


def recurrent(make, start=0):
    """One layer in one direction or both, on packed sequences; the last states too."""
    layer = make(batch_first=True)
    x = floats(B, T, 2)
    directions = 2 if layer.bidirectional else 1
    given = [floats(directions, B, layer.hidden_size) for _ in range(start)]
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    state = None if start == 0 else given[0] if start == 1 else tuple(given)
    y, end = layer(packed, state)
    y, _ = pad_packed_sequence(y, batch_first=True, total_length=T)
    h = end[0] if isinstance(end, tuple) else end
    places = [recurrent_places(layer, "there", "_l0")]
    if layer.bidirectional:
        places.append(recurrent_places(layer, "back", "_l0_reverse"))
    results = {"y": y, "h": torch.cat(list(h), dim=-1)}
    inputs = {"x": x, "lengths": LENGTHS, **{f"s{i}": one for i, one in enumerate(given)}}
    weights = {path: value for values, _ in places for path, value in values.items()}
    return case(inputs, weights, results, {of: slope for _, slopes in places for of, slope in slopes.items()})


def attention_places(layer, path):
    E = layer.embed_dim
    values, slopes = {}, {}
    for i, name in enumerate(["query", "key", "value"]):
        rows = slice(i * E, (i + 1) * E)
        values[f"{path}.{name}.W"] = layer.in_proj_weight.detach()[rows].T
        values[f"{path}.{name}.b"] = layer.in_proj_bias.detach()[rows]
        slopes[f"{path}.{name}.W"] = lambda rows=rows: layer.in_proj_weight.grad[rows].T
        slopes[f"{path}.{name}.b"] = lambda rows=rows: layer.in_proj_bias.grad[rows]
    values[f"{path}.out.W"] = layer.out_proj.weight.detach().T
    values[f"{path}.out.b"] = layer.out_proj.bias.detach()
    slopes[f"{path}.out.W"] = lambda: layer.out_proj.weight.grad.T
    return values, slopes


def shaken(layer):
    """Biases and scales that are not 0 and 1."""
    for value in layer.parameters():
        if value.dim() == 1:
            nn.init.normal_(value)
    return layer


def block_places(layer, names):
    values = {}
    for name, (linear, norm) in names.items():
        part = getattr(layer, name)
        if linear:
            values[f"{linear}.W"], values[f"{linear}.b"] = part.weight.detach().T, part.bias.detach()
        else:
            values[f"{norm}.gamma"], values[f"{norm}.beta"] = part.weight.detach(), part.bias.detach()
    return values


FEED = {"linear1": ("layer.feed.Dense_0", None), "linear2": ("layer.feed.Dense_1", None)}


def self_attention():
    layer = shaken(nn.MultiheadAttention(4, 2, batch_first=True))
    x = floats(B, T, 4)
    later = torch.ones(T, T).triu(1).bool()
    y, _ = layer(x, x, x, key_padding_mask=~REAL, attn_mask=later)
    values, slopes = attention_places(layer, "layer")
    return case({"x": x, "lengths": LENGTHS}, values, {"y": y}, slopes)


def scaled_dot_product():
    q, k, v = floats(B, 2, 4, 3), floats(B, 2, T, 3), floats(B, 2, T, 2)
    score = (q @ k.transpose(-1, -2) / 3**0.5).masked_fill(~REAL[:, None, None], float("-inf"))
    return case({"q": q, "k": k, "v": v, "lengths": LENGTHS}, {}, {"y": score.softmax(-1) @ v}, {})


def grouped_query():
    """4 heads that share 2 groups of keys and values; causal."""
    x, D = floats(B, T, 8), 2
    W = {name: floats(8, width) for name, width in [("query", 8), ("key", 4), ("value", 4), ("out", 8)]}
    parts = {name: (x @ W[name]).reshape(B, T, -1, D).transpose(1, 2) for name in ["query", "key", "value"]}
    k, v = (parts[name].repeat_interleave(2, dim=1) for name in ["key", "value"])
    unseen = torch.ones(T, T).triu(1).bool()[None, None] | ~REAL[:, None, None]
    score = (parts["query"] @ k.transpose(-1, -2) / D**0.5).masked_fill(unseen, float("-inf"))
    y = (score.softmax(-1) @ v).transpose(1, 2).reshape(B, T, 8) @ W["out"]
    values = {f"layer.{name}.W": value.detach() for name, value in W.items()}
    slopes = {f"layer.{name}.W": (lambda value=value: value.grad) for name, value in W.items()}
    return case({"x": x, "lengths": LENGTHS}, values, {"y": y}, slopes)


def encoder(pre):
    layer = shaken(nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True, norm_first=pre))
    x = floats(B, T, 4)
    y = layer(x, src_key_padding_mask=~REAL)
    values, slopes = attention_places(layer.self_attn, "layer.attend")
    norms = {"norm1": (None, "layer.norm1"), "norm2": (None, "layer.norm2")}
    values.update(block_places(layer, {**FEED, **norms}))
    return case({"x": x, "lengths": LENGTHS}, values, {"y": y}, slopes)


def decoder():
    """3 positions of its own, of which 3, 2 and 1 are real, over the padded memory."""
    layer = shaken(nn.TransformerDecoderLayer(4, 2, 6, dropout=0.0, batch_first=True))
    x, memory, own = floats(B, 3, 4), floats(B, T, 4), torch.tensor([3, 2, 1])
    y = layer(
        x,
        memory,
        tgt_mask=torch.ones(3, 3).triu(1).bool(),
        tgt_key_padding_mask=torch.arange(3)[None] >= own[:, None],
        memory_key_padding_mask=~REAL,
    )
    values, slopes = attention_places(layer.self_attn, "layer.attend")
    for places, more in zip((values, slopes), attention_places(layer.multihead_attn, "layer.cross")):
        places.update(more)
    norms = {f"norm{i}": (None, f"layer.norm{i}") for i in (1, 2, 3)}
    values.update(block_places(layer, {**FEED, **norms}))
    return case({"x": x, "memory": memory, "lengths": LENGTHS, "own": own}, values, {"y": y}, slopes)


def cross_entropy(weighted, smoothing):
    """Mean over the labels of a padded batch that are not -1."""
    z, label = floats(B, T, 4), torch.randint(0, 4, (B, T)).masked_fill(~REAL, -1)
    weight = torch.tensor([0.5, 2.0, 1.25, 0.75])
    loss = nn.CrossEntropyLoss(weight if weighted else None, ignore_index=-1, label_smoothing=smoothing)
    y = loss(z.reshape(-1, 4), label.reshape(-1))
    inputs = {"z": z, "label": label, **({"weight": weight} if weighted else {})}
    return case(inputs, {}, {"y": y}, {})


def example_weights():
    """The mean square of the real positions of each example, averaged with a weight for each."""
    x, goal, weight = floats(B, T), torch.randn(B, T), torch.rand(B, requires_grad=True)
    error = ((x - goal) ** 2).masked_fill(~REAL, 0).sum(1) / LENGTHS
    y = (error * weight).sum() / weight.sum()
    return case({"x": x, "goal": goal, "weight": weight, "lengths": LENGTHS}, {}, {"y": y}, {})


print(
    json.dumps(
        {
            "lstm": recurrent(lambda **o: nn.LSTM(2, 3, **o)),
            "gru": recurrent(lambda **o: nn.GRU(2, 3, **o)),
            "lstm-both-ways": recurrent(lambda **o: nn.LSTM(2, 3, bidirectional=True, **o)),
            "gru-both-ways": recurrent(lambda **o: nn.GRU(2, 3, bidirectional=True, **o)),
            "lstm-from": recurrent(lambda **o: nn.LSTM(2, 3, **o), start=2),
            "self-attention": self_attention(),
            "attention": scaled_dot_product(),
            "grouped-query": grouped_query(),
            "encoder": encoder(False),
            "encoder-pre": encoder(True),
            "decoder": decoder(),
            "cross-entropy": cross_entropy(False, 0.0),
            "cross-entropy-weighted": cross_entropy(True, 0.0),
            "cross-entropy-smoothed": cross_entropy(True, 0.1),
            "example-weights": example_weights(),
        }
    )
)
