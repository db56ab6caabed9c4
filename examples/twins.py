"""What the PyTorch twins share: data, the initial weights of the library's layers, words on the command line."""

import argparse
import gzip
import json
import math
import os
import pathlib

import numpy
import torch
from torch import nn

here = pathlib.Path(__file__).parent
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


def idx(path, header, shape):
    with gzip.open(path) as file:
        return numpy.frombuffer(file.read(), numpy.uint8, offset=header).reshape(shape)


def fashion(part, count):
    """The first `count` images of "train" or "t10k": [count, 784] in 0..1, and their classes."""
    folder = pathlib.Path(os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist"))
    if not folder.exists():
        raise SystemExit(f"no folder {folder}: sudo apt-get install dataset-fashion-mnist")
    images = idx(folder / f"{part}-images-idx3-ubyte.gz", 16, (-1, 784))[:count]
    labels = idx(folder / f"{part}-labels-idx1-ubyte.gz", 8, (-1,))[:count]
    return torch.tensor(images / 255, dtype=torch.float32), torch.tensor(labels.astype(numpy.int64))


def digits():
    """1,797 images, [1797, 64] in 0..1, and their classes."""
    with gzip.open(here / "digits" / "digits.csv.gz", "rt") as file:
        table = numpy.loadtxt(file, delimiter=",")
    return torch.tensor(table[:, :64] / 16, dtype=torch.float32), torch.tensor(table[:, 64].astype(numpy.int64))


def dense(inputs, units, bias=True):
    """`Dense`: weights drawn by Glorot's rule."""
    layer = nn.Linear(inputs, units, bias=bias)
    nn.init.xavier_uniform_(layer.weight)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


def he(layer, fan_in):
    """`Conv` and `ConvT`: weights drawn by He's rule."""
    nn.init.normal_(layer.weight, std=math.sqrt(2 / fan_in))
    nn.init.zeros_(layer.bias)
    return layer


def conv(inputs, channels, kernel, **options):
    return he(nn.Conv2d(inputs, channels, kernel, **options), inputs * kernel**2)


def conv_t(inputs, channels, kernel, **options):
    return he(nn.ConvTranspose2d(inputs, channels, kernel, **options), inputs * kernel**2)


def batches(count, size):
    """Rows of each batch of one epoch, shuffled; the last may be smaller."""
    return torch.randperm(count).split(size)


def endless(count, size):
    """Rows of batches, epoch after epoch."""
    while True:
        yield from batches(count, size)


def cosine(step, warmup, total):
    """The share of the peak rate, as `cosine` of the library."""
    if step <= warmup:
        return step / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def update(optimizer, loss, clip=None):
    """One update of what the optimizer trains; `clip` limits the norm of all its gradients."""
    optimizer.zero_grad()
    loss.backward()
    if clip is not None:
        nn.utils.clip_grad_norm_([w for g in optimizer.param_groups for w in g["params"]], clip)
    optimizer.step()


def main(run):
    """`twin.py --seed 0 [--small]`: prints the figures that `run(small)` returns, as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    print(json.dumps(run(options.small)))
