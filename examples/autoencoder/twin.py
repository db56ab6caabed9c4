"""The denoising autoencoder in PyTorch."""

import pathlib
import sys

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from twins import batches, dense, fashion, main


def spoiled(x):
    return (x + 0.4 * torch.randn_like(x)).clamp(0, 1)


def run(small):
    train, _ = fashion("train", 2_000 if small else 10_000)
    test, _ = fashion("t10k", 500 if small else 2_000)
    net = nn.Sequential(
        dense(784, 256), nn.ReLU(), dense(256, 64), nn.ReLU(),
        dense(64, 256), nn.ReLU(), dense(256, 784), nn.Sigmoid(),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(4 if small else 10):
        for rows in batches(len(train), 100):
            x = train[rows]
            loss = ((net(spoiled(x)) - x) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        noisy = spoiled(test)
        return {
            "clean_error": ((net(noisy) - test) ** 2).mean().item(),
            "noisy_error": ((noisy - test) ** 2).mean().item(),
        }


main(run)
