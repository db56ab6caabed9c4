"""vae.dlm in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, dense, draw_normal, floats, rows, update


def steps():
    body = nn.Sequential(dense("encode.Dense_0", 14, 9), nn.Tanh())
    heads = [dense(f"encode.Dense_{i}", 9, 3) for i in (1, 2)]
    decode = nn.Sequential(dense("decode.Dense_0", 3, 9), nn.ReLU(), dense("decode.Dense_1", 9, 14))
    parts = nn.ModuleList([body, *heads, decode])
    adam = torch.optim.Adam(parts.parameters(), lr=0.01)
    for n in range(STEPS):
        x = floats("x", [14], n)
        h = body(x)
        mu, logvar = heads[0](h), heads[1](h)
        z = mu + torch.exp(0.5 * logvar) * draw_normal("/Twin#0@0", [rows(n), 3], n)
        recon = F.binary_cross_entropy_with_logits(decode(z), x, reduction="none").sum(-1)
        divergence = -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(-1)
        loss = (recon + divergence).mean()
        update(adam, loss)
        yield {"loss": loss}
