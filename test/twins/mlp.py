"""mlp.dlm in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, dense, floats, labels, update


def steps():
    net = nn.Sequential(
        dense("net.Dense_0", 7, 12), nn.ReLU(), dense("net.Dense_1", 12, 9), nn.GELU(), dense("net.Dense_2", 9, 3)
    )
    adam = torch.optim.Adam(net.parameters(), lr=0.02, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.StepLR(adam, 7, 0.5)
    for n in range(STEPS):
        loss = F.cross_entropy(net(floats("x", [7], n)), labels("label", 3, [], n))
        update(adam, loss)
        schedule.step()
        yield {"loss": loss}
