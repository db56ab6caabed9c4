"""wgan-gp.dlm in PyTorch."""

import torch
from twin import STEPS, draw_normal, draw_uniform, floats, rows, tensor, update
from wgan import generator_and_critic


def steps():
    generator, critic = generator_and_critic()
    adam_g, adam_d = (
        torch.optim.Adam(net.parameters(), lr=5e-3, betas=(0, 0.9)) for net in (generator, critic)
    )
    for n in range(3 * STEPS):
        if n % 3 < 2:
            real = floats("real", [7], n)
            made = generator(draw_normal("/critic#0@0", [rows(n), 5], n)).detach()
            share = tensor(draw_uniform("/critic#1@0", [rows(n), 1], n))
            between = (share * real + (1 - share) * made).requires_grad_()
            (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
            penalty = 10 * (slope.norm(dim=-1) - 1) ** 2
            loss = (critic(made) - critic(real)).mean() + penalty.mean()
            update(adam_d, loss)
            yield {"critic": loss}
        else:
            loss = -critic(generator(draw_normal("/gen#0@0", [rows(n), 5], n))).mean()
            update(adam_g, loss)
            yield {"gen": loss}
