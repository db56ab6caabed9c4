"""The variational autoencoder in PyTorch."""

import pathlib
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from twins import batches, dense, fashion, main

latent, hidden = 2, 256


def run(small):
    train, _ = fashion("train", 2_000 if small else 10_000)
    test, _ = fashion("t10k", 500 if small else 2_000)
    read, mean, logvar = dense(784, hidden), dense(hidden, latent), dense(hidden, latent)
    widen, draw = dense(latent, hidden), dense(hidden, 784)
    layers = torch.nn.ModuleList([read, mean, logvar, widen, draw])
    optimizer = torch.optim.Adam(layers.parameters(), lr=1e-3)

    def terms(x):
        """Reconstruction and divergence in nats, each [B]."""
        h = F.relu(read(x))
        mu, lv = mean(h), logvar(h)
        z = mu + torch.exp(0.5 * lv) * torch.randn_like(mu)
        logits = draw(F.relu(widen(z)))
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
        return reconstruction, (0.5 * (mu**2 + lv.exp() - 1 - lv)).sum(1)

    for _ in range(5 if small else 10):
        for rows in batches(len(train), 100):
            reconstruction, divergence = terms(train[rows])
            loss = (reconstruction + divergence).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        reconstruction, divergence = terms(test)
        return {"nelbo": (reconstruction + divergence).mean().item(), "kl": divergence.mean().item()}


main(run)
