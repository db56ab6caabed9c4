"""wgan.dlm in PyTorch."""

import torch
from torch import nn
from twin import STEPS, dense, draw_normal, floats, rows, update


def generator_and_critic():
    return (
        nn.Sequential(dense("G.Dense_0", 5, 9), nn.ReLU(), dense("G.Dense_1", 9, 7)),
        nn.Sequential(
            dense("D.Dense_0", 7, 12),
            nn.LeakyReLU(0.2),
            dense("D.Dense_1", 12, 6),
            nn.Tanh(),
            dense("D.Dense_2", 6, 1),
        ),
    )


def steps():
    generator, critic = generator_and_critic()
    rms_g, rms_d = (torch.optim.RMSprop(net.parameters(), lr=5e-3) for net in (generator, critic))
    for n in range(4 * STEPS):
        if n % 4 < 3:
            made = generator(draw_normal("/critic#0@0", [rows(n), 5], n)).detach()
            loss = (critic(made) - critic(floats("real", [7], n))).mean()
            update(rms_d, loss)
            for parameter in critic.parameters():
                parameter.data.clamp_(-0.3, 0.3)
            yield {"critic": loss}
        else:
            loss = -critic(generator(draw_normal("/gen#0@0", [rows(n), 5], n))).mean()
            update(rms_g, loss)
            yield {"gen": loss}
