"""autoencoder.dlm in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, convolution, draw_normal, floats, rows, transposed_convolution, update


def steps():
    net = nn.Sequential(
        convolution("net.Conv_0", 1, 5, 3, stride=2, padding=1),
        nn.ReLU(),
        convolution("net.Conv_1", 5, 3, 1),
        nn.Tanh(),
        transposed_convolution("net.ConvT_0", 3, 1, 4, stride=2, padding=1),
        nn.Sigmoid(),
    )
    adamw = torch.optim.AdamW(net.parameters(), lr=0.02, weight_decay=0.1)
    for n in range(STEPS):
        image = floats("image", [6, 8, 1], n)
        noisy = image + 0.25 * draw_normal("net/Autoencoder#0@0", [rows(n), 6, 8, 1], n)
        loss = F.mse_loss(net(noisy.permute(0, 3, 1, 2)).permute(0, 2, 3, 1), image)
        update(adamw, loss)
        yield {"loss": loss}
