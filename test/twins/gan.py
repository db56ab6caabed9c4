"""gan.dlm in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, affine, convolution, dense, draw_normal, floats, rows, transposed_convolution, update


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.start = dense("G.Dense_0", 5, 36)
        self.norm = affine("G.BatchNorm_0", nn.BatchNorm2d(6), 6)
        self.up = transposed_convolution("G.ConvT_0", 6, 1, 4, stride=2, padding=1)

    def forward(self, z):
        h = self.start(z).reshape(-1, 3, 2, 6).permute(0, 3, 1, 2)
        return torch.sigmoid(self.up(F.relu(self.norm(h))))


class Discriminator(nn.Sequential):
    def __init__(self):
        super().__init__(
            convolution("D.Conv_0", 1, 6, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            convolution("D.Conv_1", 6, 4, (3, 2)),
            affine("D.BatchNorm_0", nn.BatchNorm2d(4), 4),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            dense("D.Dense_0", 4, 1),
        )


def is_real(scores, target):
    return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, target))


def steps():
    generator, discriminator = Generator(), Discriminator()
    adam_g, adam_d = (
        torch.optim.Adam(net.parameters(), lr=2e-3, betas=(0.5, 0.999)) for net in (generator, discriminator)
    )
    for n in range(0, 2 * STEPS, 2):
        real = floats("real", [6, 4, 1], n).permute(0, 3, 1, 2)
        made = generator(draw_normal("/disc#0@0", [rows(n), 5], n)).detach()
        disc = is_real(discriminator(real), 1) + is_real(discriminator(made), 0)
        update(adam_d, disc)
        made = generator(draw_normal("/gen#0@0", [rows(n + 1), 5], n + 1))
        gen = is_real(discriminator(made), 1)
        update(adam_g, gen)
        yield {"disc": disc, "gen": gen}
