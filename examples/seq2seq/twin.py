"""The program of seq2seq.dlm, dates.ts and run.ts in PyTorch; prints the same figures."""

import datetime
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from twins import cosine, dense, main, update

SOURCE, TARGET, WIDTH, UNITS, BATCH, PEAK, STEPS = 27, 10, 32, 64, 32, 5e-3, 800
ALPHABET = " ,-./0123456789abcdefghijklmnopqrstuvwxyz"
MONTHS = "january february march april may june july august september october november december"
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"


def generator(seed):
    state = seed

    def below(limit):
        nonlocal state
        state = (state * 1664525 + 1013904223) % 2**32
        return math.floor(state / 2**32 * limit)

    return below


def ordinal(day):
    return "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def draw_dates(count):
    below = generator(1)
    serials = list(range(73049))
    pairs = []
    for i in range(count):
        at = i + below(len(serials) - i)
        serials[i], serials[at] = serials[at], serials[i]
        date = datetime.date(1900, 1, 1) + datetime.timedelta(days=serials[i])
        y, m, d = date.year, date.month, date.day
        month, weekday = MONTHS.split()[m - 1], WEEKDAYS.split()[date.weekday()]
        forms = [
            f"{d} {month} {y}",
            f"{month} {d}, {y}",
            f"{d} {month[:3]} {y}",
            f"{d}.{m}.{y}",
            f"{m}/{d}/{y}",
            f"{weekday[:3]} {d} {month} {y}",
            f"{weekday}, {month[:3]} {d} {y}",
            f"the {d}{ordinal(d)} of {month}, {y}",
        ]
        pairs.append((forms[below(len(forms))], date.isoformat()))
    return pairs


def ids(texts, length):
    return torch.tensor([[ALPHABET.index(c) for c in text.ljust(length)] for text in texts])


class Gru(nn.GRU):
    """With the initial weights of dlm's cell, whose r and z have one bias."""

    def __init__(self):
        super().__init__(WIDTH, UNITS, batch_first=True)
        with torch.no_grad():
            nn.init.xavier_uniform_(self.weight_ih_l0)
            wide = torch.empty(UNITS, 3 * UNITS)
            nn.init.orthogonal_(wide)
            self.weight_hh_l0.copy_(wide.t())
            self.bias_ih_l0.zero_()
            self.bias_hh_l0.zero_()
        self.bias_hh_l0.register_hook(
            lambda g: torch.cat([torch.zeros(2 * UNITS), g[2 * UNITS :]])
        )


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.reread = (nn.Embedding(len(ALPHABET), WIDTH) for _ in range(2))
        self.forwards, self.backwards, self.writer = Gru(), Gru(), Gru()
        self.ask = dense(UNITS, 2 * UNITS)
        self.mix = dense(3 * UNITS, UNITS)
        self.out = dense(UNITS, len(ALPHABET))

    def forward(self, source, given):
        characters = self.read(source)
        back = self.backwards(characters.flip(1))[0].flip(1)
        memory = torch.cat([self.forwards(characters)[0], back], -1)
        written = self.writer(self.reread(given))[0]
        score = self.ask(written) @ memory.transpose(1, 2) / math.sqrt(2 * UNITS)
        context = score.softmax(-1) @ memory
        return self.out(torch.tanh(self.mix(torch.cat([written, context], -1))))


def translate(net, source):
    given = torch.zeros(len(source), TARGET, dtype=torch.long)
    with torch.no_grad():
        for t in range(TARGET):
            best = net(source, given)[:, t].argmax(-1)
            if t + 1 < TARGET:
                given[:, t + 1] = best
    return torch.cat([given[:, 1:], best[:, None]], 1)


def run(small):
    pairs = draw_dates(11_000)
    source = ids([source for source, _ in pairs], SOURCE)
    target = ids([target for _, target in pairs], TARGET)
    given = F.pad(target[:, :-1], (1, 0))

    net = Translator()
    optimizer = torch.optim.Adam(net.parameters())
    order = []
    for step in range(1, (120 if small else STEPS) + 1):
        if len(order) == 0:
            order = list(torch.randperm(10_000).split(BATCH))
        rows = order.pop(0)
        optimizer.param_groups[0]["lr"] = PEAK * cosine(step, 100, STEPS)
        loss = F.cross_entropy(net(source[rows], given[rows]).flatten(0, 1), target[rows].flatten())
        update(optimizer, loss, clip=1)

    tested = slice(10_000, 10_200 if small else 11_000)
    right = (translate(net, source[tested]) == target[tested]).double()
    figures = {"exact": right.prod(1).mean().item(), "characters": right.mean().item()}
    return figures


main(run)
