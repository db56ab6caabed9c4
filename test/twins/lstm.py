"""lstm.dlm in PyTorch."""

import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, dense, embedding, labels, recurrent, update


def steps():
    embed, head = embedding("net.Embedding_0", 11, 6), dense("net.Dense_0", 7, 11)
    lstm = nn.LSTM(6, 7, num_layers=2, batch_first=True)
    for level in range(2):
        recurrent(f"net.Lstm_{level}", lstm, level)
    parts = nn.ModuleList([embed, lstm, head])
    adam = torch.optim.Adam(parts.parameters(), lr=0.02)
    for n in range(STEPS):
        scores = head(lstm(embed(labels("chars", 11, [6], n)))[0])
        loss = F.cross_entropy(scores.transpose(1, 2), labels("target", 11, [6], n))
        update(adam, loss, clip=0.5)
        yield {"loss": loss}
