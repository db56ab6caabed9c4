"""cnn.dlm in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, affine, convolution, dense, floats, labels, update


def steps():
    first = convolution("net.Conv_0", 2, 6, 3, padding="same", bias=False)
    second = convolution("net.Conv_1", 6, 4, (3, 2), stride=(2, 1), padding=1, groups=2)
    norms = [affine(f"net.BatchNorm_{i}", nn.BatchNorm2d(c), c) for i, c in enumerate([6, 4])]
    head = dense("net.Dense_0", 2 * 4 * 4, 3)
    parts = nn.ModuleList([first, second, *norms, head])
    sgd = torch.optim.SGD(parts.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3)
    for n in range(STEPS):
        x = floats("image", [9, 7, 2], n).permute(0, 3, 1, 2)
        h = F.max_pool2d(F.relu(norms[0](first(x))), 2)
        h = F.leaky_relu(norms[1](second(h)), 0.1)
        loss = F.cross_entropy(head(h.permute(0, 2, 3, 1).flatten(1)), labels("label", 3, [], n))
        update(sgd, loss)
        yield {"loss": loss}
