"""The program of gpt.dlm and run.ts in PyTorch; prints the same figures."""

import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from text.windows import ALPHABET, batches, held_out_bits, read_text
from twins import dense, main

WIDTH, HEADS, REACH, LENGTH, BATCH, STEPS = 64, 4, 3, 64, 16, 1760


def rotary(x):
    """`[B, N, T, D]`: pairs (i, i + D / 2) turned by the place in the text."""
    length, width = x.shape[-2:]
    rates = 10_000 ** (-2 * torch.arange(width // 2) / width)
    angle = torch.arange(length)[:, None] * rates
    a, b = x.chunk(2, -1)
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)


def near(x, weights):
    """Adds to each channel what it was at the places before."""
    before = F.pad(x, (0, 0, REACH - 1, 0))
    return x + sum(before[:, i : i + x.shape[1]] * weights[i] for i in range(REACH))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.near1, self.near2 = (nn.Parameter(torch.zeros(REACH, WIDTH)) for _ in range(2))
        self.query, self.key, self.value, self.out = (
            dense(WIDTH, WIDTH, bias=False) for _ in range(4)
        )
        self.wide, self.narrow = dense(WIDTH, 2 * WIDTH), dense(2 * WIDTH, WIDTH)

    def attend(self, x):
        batch, length, _ = x.shape
        heads = lambda y: y.view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
        q, k, v = rotary(heads(self.query(x))), rotary(heads(self.key(x))), heads(self.value(x))
        score = q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS)
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        seen = score.masked_fill(later, -math.inf).softmax(-1)
        return self.out((seen @ v).transpose(1, 2).reshape(batch, length, WIDTH))

    def forward(self, x):
        x = x + self.attend(near(self.norm1(x), self.near1))
        return x + self.narrow(F.gelu(self.wide(near(self.norm2(x), self.near2))))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(len(ALPHABET), WIDTH))
        self.pairs = nn.Parameter(torch.zeros(len(ALPHABET), len(ALPHABET), WIDTH))
        self.layers = nn.ModuleList([Layer(), Layer()])
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, text):
        before = F.pad(text[:, :-1], (1, 0))
        x = self.table[text] + self.pairs[before, text]
        for layer in self.layers:
            x = layer(x)
        return self.norm(x) @ self.table.t()


class Muon:
    """As `Muon` of the library, for matrices, which PyTorch's `Linear` holds transposed."""

    def __init__(self, weights):
        self.weights = weights
        self.momenta = [torch.zeros_like(w) for w in weights]

    @torch.no_grad()
    def step(self, rate):
        for w, m in zip(self.weights, self.momenta):
            m.mul_(0.95).add_(w.grad)
            x = (w.grad + 0.95 * m) / ((w.grad + 0.95 * m).norm() + 1e-7)
            tall = x.shape[0] > x.shape[1]
            x = x.t() if tall else x
            for _ in range(5):
                a = x @ x.t()
                x = 3.4445 * x + (2.0315 * (a @ a) - 4.775 * a) @ x
            outputs, inputs = w.shape if w.is_linear else w.shape[::-1]
            w.sub_(rate * math.sqrt(max(1, outputs / inputs)) * (x.t() if tall else x))


def run(small):
    learned, held_out = read_text(small)
    net = Gpt()
    matrices = [w for w in net.layers.parameters() if w.ndim == 2]
    for w in matrices:
        w.is_linear = True
    for layer in net.layers:
        layer.near1.is_linear = layer.near2.is_linear = False
    vectors = [w for w in net.layers.parameters() if w.ndim != 2]
    muon = Muon(matrices)
    groups = [
        {"params": vectors, "betas": (0.9, 0.999)},
        {"params": [net.table, net.pairs, *net.norm.parameters()], "betas": (0.9, 0.99)},
    ]
    adam = torch.optim.Adam(groups)
    for step, text, target in batches(learned, LENGTH, BATCH, 60 if small else STEPS):
        share = min(1, step / 50) * min(1, (STEPS - step) / 1120)
        loss = F.cross_entropy(net(text).flatten(0, 1), target.flatten())
        net.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1)
        for group in adam.param_groups:
            group["lr"] = 8e-3 * share
        adam.step()
        muon.step(0.02 * share)
    return {"bits": held_out_bits(net, held_out, LENGTH)}


main(run)
