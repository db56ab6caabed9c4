# The memory that PyTorch takes on a CPU for one update of the networks in `cnns.ts`, beside their weights, the optimizer's
# state and the batch: the most bytes that are allocated at a time by the profiler's record. `python3 pytorch-peak.py`
import sys
from itertools import accumulate

import torch
from torch import nn
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(1, 32, 3)
        self.conv1 = nn.Conv2d(32, 64, 3)
        self.dense = nn.Linear(64 * 12 * 12, 10)

    def forward(self, x):
        x = F.relu(self.conv1(F.relu(self.conv0(x))))
        return self.dense(F.max_pool2d(x, 2).flatten(1))


class Padded(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv1 = nn.Conv2d(16, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 32, 3, padding=1, stride=2)
        self.dense = nn.Linear(32 * 7 * 7, 10)

    def forward(self, x):
        x = F.relu(self.conv1(F.relu(self.conv0(x))))
        x = F.relu(self.conv2(F.max_pool2d(x, 2)))
        return self.dense(x.flatten(1))


class ResBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv0 = nn.Conv2d(cin, cout, 3, padding=1, stride=stride)
        self.norm0 = nn.BatchNorm2d(cout)
        self.conv1 = nn.Conv2d(cout, cout, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(cout)
        self.skip = nn.Conv2d(cin, cout, 1, stride=stride)

    def forward(self, x):
        y = F.relu(self.norm0(self.conv0(x)))
        return F.relu(self.norm1(self.conv1(y)) + self.skip(x))


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 12, 3, padding=1)
        self.norm = nn.BatchNorm2d(12)
        self.block = ResBlock(12, 24, 2)
        self.dense = nn.Linear(24 * 2 * 2, 10)

    def forward(self, x):
        x = self.block(F.relu(self.norm(self.conv(x))))
        return self.dense(F.dropout(F.max_pool2d(x, 2).flatten(1), 0.3))


def most_allocated(net, optimizer, size, batch):
    x, label = torch.rand(batch, 1, size, size), torch.arange(batch) % 10

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), label).backward()
        optimizer.step()

    # The first makes the optimizer's state.
    step()
    optimizer.zero_grad(set_to_none=True)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        step()
    # What an operation allocates and frees again by itself is left out: this is the least that PyTorch takes.
    changes = sorted((e.time_range.end, e.self_cpu_memory_usage) for e in record.events())
    return max(accumulate(change for _, change in changes))


torch.manual_seed(0)
batches = [int(text) for text in sys.argv[1:]] or [32, 7]
for name, make, size, optimizer in [
    ("plain", Plain, 28, lambda p: torch.optim.SGD(p, lr=2e-3)),
    ("padded", Padded, 28, lambda p: torch.optim.SGD(p, lr=2e-3)),
    ("digits", Digits, 8, lambda p: torch.optim.Adam(p, lr=2e-3)),
]:
    for batch in batches:
        net = make()
        print(name, batch, most_allocated(net, optimizer(net.parameters()), size, batch))
