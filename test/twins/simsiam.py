"""simsiam.dlm in PyTorch, its running mean, accumulation and averages written out."""

import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, affine, dense, draw_normal, floats, labels, parameter, rows


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        norm = affine("encode.BatchNorm_0", nn.BatchNorm1d(9), 9)
        self.body = nn.Sequential(
            dense("encode.Dense_0", 7, 9), norm, nn.ReLU(), dense("encode.Dense_1", 9, 6)
        )
        self.centre = torch.zeros(6)

    def forward(self, x):
        z = self.body(x)
        centred = z - self.centre
        self.centre = 0.8 * self.centre + 0.2 * z.detach().mean(0)
        return centred


def steps():
    encode = Encoder()
    predict = nn.Sequential(
        dense("predict.Dense_0", 6, 5), nn.ReLU(), dense("predict.Dense_1", 5, 6)
    )
    probe = parameter("probe.Decayed_0.W", [6, 3])
    sgd = torch.optim.SGD(encode.parameters(), lr=0.1, momentum=0.9)
    adamw = torch.optim.AdamW(predict.parameters(), lr=0.01, weight_decay=0.1)
    adamax = torch.optim.Adamax([probe], lr=0.02)
    learned = [*encode.parameters(), *predict.parameters(), probe]
    averages = [weight.detach().clone() for weight in learned]

    def siam(n):
        x = floats("x", [7], n)
        a = encode(x + 0.5 * draw_normal("/siam#0@0", [rows(n), 7], n))
        b = encode(x)
        ahead = F.cosine_similarity(predict(a), b.detach())
        back = F.cosine_similarity(predict(b), a.detach())
        return (-ahead - back).mean()

    def judge(n):
        scores = encode(floats("x", [7], n)).detach() @ probe
        return F.cross_entropy(scores, labels("label", 3, [], n))

    for n in range(0, 6 * STEPS, 6):
        sgd.zero_grad()
        adamw.zero_grad()
        for part in (n, n + 1):
            loss = siam(part)
            (loss / 2).backward()
            yield {"siam": loss}
        torch.nn.utils.clip_grad_norm_([*encode.parameters(), *predict.parameters()], 0.5)
        sgd.step()
        adamw.step()
        for first in (n + 2, n + 4):
            adamax.zero_grad()
            for part in (first, first + 1):
                loss = judge(part)
                ((loss + 0.1 * (probe**2).sum()) / 2).backward()
                yield {"judge": loss}
            adamax.step()
        for average, weight in zip(averages, learned):
            average.mul_(0.9).add_(weight.detach(), alpha=0.1)
    yield {"average": sum((average**2).sum() for average in averages)}
