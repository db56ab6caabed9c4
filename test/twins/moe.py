"""Mixtures of experts as dense PyTorch: every expert takes every token, and gates choose."""

import math
import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, dense, floats, labels, parameter, update

EXPERTS, HIDDEN, WIDTH, BALANCE = 4, 6, 7, 0.1


class Experts(nn.Module):
    """`chosen` experts a token; one expert takes at most `capacity * chosen * tokens / experts` of them."""

    def __init__(self, path, chosen, capacity):
        super().__init__()
        self.chosen, self.capacity = chosen, capacity
        self.router = parameter(f"{path}.Wr", [WIDTH, EXPERTS])
        self.w1 = parameter(f"{path}.W1", [EXPERTS, WIDTH, HIDDEN])
        self.b1 = parameter(f"{path}.b1", [EXPERTS, HIDDEN])
        self.w2 = parameter(f"{path}.W2", [EXPERTS, HIDDEN, WIDTH])
        self.b2 = parameter(f"{path}.b2", [EXPERTS, WIDTH])

    def forward(self, x):
        """`[B, T, WIDTH]` to the same shape and the penalty."""
        rows = x.reshape(-1, WIDTH)
        shares = torch.softmax(rows @ self.router, -1)
        value, at = shares.topk(self.chosen)
        gate = value / value.sum(-1, keepdim=True) if self.chosen > 1 else value
        # All first choices are placed before all second ones: [chosen * tokens, experts].
        wanted = F.one_hot(at.T.reshape(-1), EXPERTS)
        room = math.ceil(self.capacity * self.chosen * len(rows) / EXPERTS)
        taken = wanted * (wanted.cumsum(0) <= room)
        gates = (taken.reshape(self.chosen, len(rows), EXPERTS) * gate.T.unsqueeze(-1)).sum(0)
        hidden = F.relu(torch.einsum("nd,edf->nef", rows, self.w1) + self.b1)
        outputs = torch.einsum("nef,efd->ned", hidden, self.w2) + self.b2
        load = wanted[: len(rows)].to(x.dtype).mean(0)
        penalty = BALANCE * EXPERTS * (load * shares.mean(0)).sum()
        return torch.einsum("ne,ned->nd", gates, outputs).reshape(x.shape), penalty


def train(path, chosen):
    experts, head = Experts(path, chosen, 1.0), dense("net.Dense_0", 3 * WIDTH, 3)
    parts = nn.ModuleList([experts, head])
    adam = torch.optim.Adam(parts.parameters(), lr=5e-3)
    for n in range(STEPS):
        x = floats("x", [3, WIDTH], n)
        mixed, penalty = experts(x)
        loss = F.cross_entropy(head((x + mixed).flatten(1)), labels("label", 3, [], n))
        update(adam, loss + penalty)
        yield {"loss": loss, "penalty": penalty}
