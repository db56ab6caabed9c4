"""gru.dlm in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, dense, floats, recurrent, update


def steps():
    gru = nn.GRU(3, 7, batch_first=True, bidirectional=True)
    recurrent("net.Gru_0", gru, 0, learned_hidden_bias=7)
    recurrent("net.Gru_1", gru, 0, "_reverse", learned_hidden_bias=7)
    head = dense("net.Dense_0", 14, 1)
    parts = nn.ModuleList([gru, head])
    rms = torch.optim.RMSprop(parts.parameters(), lr=5e-3, momentum=0.5, centered=True)
    for n in range(STEPS):
        both = gru(floats("series", [6, 3], n))[1]
        guess = head(torch.cat([both[0], both[1]], 1)).squeeze(1)
        loss = F.huber_loss(guess, floats("next_value", [], n), delta=0.25)
        update(rms, loss)
        yield {"loss": loss}
