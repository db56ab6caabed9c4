"""Layers that the modules of test/goldens do not have, as PyTorch computes them: weights, inputs and outputs to saved.json."""

import json
import torch
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(1)


def numbers(tensor):
    return [list(tensor.shape), tensor.detach().flatten().tolist()]


def saved(module, *inputs, **options):
    module = module.double()
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.5)
    return {
        "weights": {name: numbers(tensor) for name, tensor in module.state_dict().items()},
        "inputs": [numbers(tensor) for tensor in inputs],
        "output": numbers(module(*inputs, **options)),
    }


def drawn(*shape):
    return torch.randn(*shape).double()


causal = torch.triu(torch.full((3, 3), float("-inf")), 1).double()
layers = {
    "decoder": saved(
        nn.TransformerDecoderLayer(4, 2, 6, dropout=0.0, batch_first=True),
        drawn(2, 3, 4),
        drawn(2, 5, 4),
        tgt_mask=causal,
    ),
    "grouped ConvT": saved(nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), drawn(1, 4, 3, 2)),
    "grouped ConvT1d": saved(nn.ConvTranspose1d(4, 6, 3, groups=2), drawn(1, 4, 5)),
    "Conv1d": saved(nn.Conv1d(4, 6, 3, groups=2), drawn(2, 4, 5)),
    "Conv3d": saved(nn.Conv3d(2, 3, (1, 2, 3)), drawn(1, 2, 2, 3, 4)),
    "WeightNorm": saved(nn.utils.weight_norm(nn.Linear(3, 2)), drawn(4, 3)),
    "Bilinear": saved(nn.Bilinear(2, 3, 4), drawn(5, 2), drawn(5, 3)),
    "grouped ConvT3d": saved(
        nn.ConvTranspose3d(4, 6, (1, 2, 3), groups=2), drawn(1, 4, 2, 3, 2)
    ),
    "SeparableConv1d": saved(
        nn.Sequential(nn.Conv1d(4, 4, 3, groups=4), nn.Conv1d(4, 6, 1)), drawn(2, 4, 5)
    ),
}
with open("test/pytorch/saved.json", "w") as file:
    json.dump(layers, file)
