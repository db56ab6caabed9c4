"""The GAN in PyTorch."""

import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from judge import judge
from twins import conv, conv_t, dense, digits, endless, main, update

z_dim, ch = 24, 16


def generator():
    return nn.Sequential(
        dense(z_dim, 8 * ch), nn.Unflatten(1, (2 * ch, 2, 2)), nn.BatchNorm2d(2 * ch), nn.ReLU(),
        conv_t(2 * ch, ch, 4, stride=2, padding=1), nn.BatchNorm2d(ch), nn.ReLU(),
        conv_t(ch, 1, 4, stride=2, padding=1), nn.Sigmoid(),
    )


def discriminator():
    return nn.Sequential(
        conv(1, ch, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
        conv(ch, 2 * ch, 4, stride=2, padding=1), nn.BatchNorm2d(2 * ch), nn.LeakyReLU(0.2),
        nn.Flatten(), dense(8 * ch, 1), nn.Flatten(0),
    )


def run(small):
    real = digits()[0][:1_437].view(-1, 1, 8, 8)
    G, D = generator(), discriminator()
    for_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
    for_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
    stream = endless(len(real), 64)

    for _ in range(300 if small else 1_000):
        x = real[next(stream)]
        with torch.no_grad():
            fake = G(torch.randn(len(x), z_dim))
        update(for_d, (F.softplus(-D(x)) + F.softplus(D(fake))).mean())
        count = len(next(stream))
        update(for_g, F.softplus(-D(G(torch.randn(count, z_dim)))).mean())
    G.eval()
    with torch.no_grad():
        made = G(torch.randn(1_000, z_dim)).flatten(1)
    return judge(made)


main(run)
