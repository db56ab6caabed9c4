"""A classifier of real digits in PyTorch, and what it says of made ones."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from twins import batches, dense, digits


def warmed_cosine(warmup, total):
    """`cosine` of the library over its peak, for step = n + 1."""

    def factor(n):
        step = n + 1
        if step <= warmup:
            return step / warmup
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))

    return factor


def judge(made):
    """examples/digits/mlp.dlm on the first 1,437 digits; `made` is [N, 64]."""
    x, y = digits()
    net = nn.Sequential(
        dense(64, 96), nn.GELU(), dense(96, 64), nn.Tanh(),
        dense(64, 32), nn.LeakyReLU(0.1), dense(32, 10),
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, warmed_cosine(50, 1_350))
    for _ in range(30):
        for rows in batches(1_437, 32):
            loss = F.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    with torch.no_grad():
        accuracy = (net(x[1_437:]).argmax(1) == y[1_437:]).float().mean().item()
        p = F.softmax(net(made), dim=1)
    counts = p.argmax(1).bincount(minlength=10)
    return {
        "judge_accuracy": accuracy,
        "confidence": p.max(1).values.mean().item(),
        "classes": int((counts >= 20).sum()),
    }
