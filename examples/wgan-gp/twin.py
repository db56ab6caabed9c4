"""The Wasserstein GAN with gradient penalty in PyTorch."""

import pathlib
import sys

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gan"))
from judge import judge
from twins import dense, digits, endless, main, update

z_dim, hidden = 16, 96


def slope_penalty(critic, at):
    at.requires_grad_()
    (slope,) = torch.autograd.grad(critic(at).sum(), at, create_graph=True)
    return ((((slope**2).sum(1) + 1e-12).sqrt() - 1) ** 2).mean()


def run(small):
    real = digits()[0][:1_437]
    G = nn.Sequential(
        dense(z_dim, hidden), nn.ReLU(), dense(hidden, hidden), nn.ReLU(),
        dense(hidden, 64), nn.Sigmoid(),
    )
    D = nn.Sequential(
        dense(64, hidden), nn.LeakyReLU(0.2), dense(hidden, hidden), nn.LeakyReLU(0.2),
        dense(hidden, 1), nn.Flatten(0),
    )
    for_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.9))
    for_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.9))
    stream = endless(len(real), 64)

    for _ in range(60 if small else 600):
        for _ in range(5):
            x = real[next(stream)]
            with torch.no_grad():
                fake = G(torch.randn(len(x), z_dim))
            u = torch.rand(len(x), 1)
            distance = D(x).mean() - D(fake).mean()
            update(for_d, 10 * slope_penalty(D, u * x + (1 - u) * fake) - distance)
        count = len(next(stream))
        update(for_g, -D(G(torch.randn(count, z_dim))).mean())
    with torch.no_grad():
        made = G(torch.randn(1_000, z_dim))
    return judge(made)


main(run)
