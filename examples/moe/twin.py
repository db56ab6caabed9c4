"""The program of moe.dlm and run.ts in PyTorch; prints the same figures."""

import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from text.windows import ALPHABET, batches, held_out_bits, read_text
from twins import cosine, dense, he, main, update

WIDTH, INNER, HIDDEN, EXPERTS, REACH = 32, 96, 128, 8, 6
LENGTH, BATCH, PEAK, STEPS = 64, 16, 1e-2, 350


class Switch(nn.Module):
    """Each row through its best expert, which takes at most 2 * rows / experts of them."""

    def __init__(self):
        super().__init__()
        normal = lambda *shape, std: nn.Parameter(std * torch.randn(*shape))
        self.router = normal(INNER, EXPERTS, std=0.02)
        self.w1 = normal(EXPERTS, INNER, HIDDEN, std=math.sqrt(2 / INNER))
        self.b1 = nn.Parameter(torch.zeros(EXPERTS, HIDDEN))
        self.w2 = normal(EXPERTS, HIDDEN, INNER, std=math.sqrt(2 / HIDDEN))
        self.b2 = nn.Parameter(torch.zeros(EXPERTS, INNER))
        self.penalty = 0

    def forward(self, x):
        rows = x.reshape(-1, INNER)
        p = (rows @ self.router).softmax(-1)
        k = p.argmax(-1)
        capacity = math.ceil(2 * len(rows) / EXPERTS)
        y = torch.zeros_like(rows)
        for e in range(EXPERTS):
            at = (k == e).nonzero()[:capacity, 0]
            out = (rows[at] @ self.w1[e] + self.b1[e]).relu() @ self.w2[e] + self.b2[e]
            y = y.index_add(0, at, p[at, e, None] * out)
        load = torch.bincount(k, minlength=EXPERTS) / len(rows)
        self.penalty = 0.01 * EXPERTS * (load * p.mean(0)).sum()
        return y.view_as(x)


class NextCharacter(nn.Module):
    def __init__(self, experts):
        super().__init__()
        self.table = nn.Embedding(len(ALPHABET), WIDTH)
        self.near = he(nn.Conv1d(WIDTH, INNER, REACH), REACH * WIDTH)
        one = lambda: nn.Sequential(dense(INNER, HIDDEN), nn.ReLU(), dense(HIDDEN, INNER))
        self.feed = Switch() if experts else one()
        self.norm1, self.norm2 = nn.LayerNorm(INNER), nn.LayerNorm(INNER)
        self.out = dense(INNER, len(ALPHABET))

    def forward(self, text):
        x = F.pad(self.table(text).transpose(1, 2), (REACH - 1, 0))
        near = self.near(x).transpose(1, 2)
        return self.out(self.norm2(near + self.feed(self.norm1(near))))


def train(experts, learned, held_out, small):
    net = NextCharacter(experts)
    optimizer = torch.optim.Adam(net.parameters())
    for step, text, target in batches(learned, LENGTH, BATCH, 45 if small else STEPS):
        optimizer.param_groups[0]["lr"] = PEAK * cosine(step, 50, STEPS)
        loss = F.cross_entropy(net(text).flatten(0, 1), target.flatten())
        loss = loss + (net.feed.penalty if experts else 0)
        update(optimizer, loss, clip=1)
    # Capacity counts the rows of a batch: measured in batches of the same size.
    return held_out_bits(net, held_out, LENGTH, BATCH)


def run(small):
    learned, held_out = read_text(small)
    figures = {}
    for name, experts in (("bits", True), ("bits_dense", False)):
        torch.manual_seed(torch.initial_seed())
        figures[name] = train(experts, learned, held_out, small)
    return figures


main(run)
