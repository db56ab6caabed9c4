"""The program of forecast.dlm and run.ts in PyTorch; prints the same figures."""

import csv
import pathlib
import sys

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from twins import cosine, main, update

PAST, AHEAD, UNITS, TEST_WEEKS = 104, 26, 32, 520


def read_weeks():
    path = pathlib.Path(__file__).parent / "co2.csv"
    cells = [row[1] for row in csv.reader(path.open())][1:]
    known = [i for i, cell in enumerate(cells) if cell]
    weeks = torch.zeros(len(cells), dtype=torch.float64)
    for a, b in zip(known, known[1:]):
        for i in range(a, b + 1):
            share = (i - a) / (b - a)
            weeks[i] = (1 - share) * float(cells[a]) + share * float(cells[b])
    return weeks


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, UNITS, batch_first=True)
        self.out = nn.Linear(UNITS, AHEAD)
        with torch.no_grad():
            nn.init.xavier_uniform_(self.gru.weight_ih_l0)
            wide = torch.empty(UNITS, 3 * UNITS)
            nn.init.orthogonal_(wide)
            self.gru.weight_hh_l0.copy_(wide.t())
            nn.init.xavier_uniform_(self.out.weight)
            for bias in (self.gru.bias_ih_l0, self.gru.bias_hh_l0, self.out.bias):
                bias.zero_()
        # dlm has one bias for r and z together: theirs in hh stay 0.
        self.gru.bias_hh_l0.register_hook(
            lambda g: torch.cat([torch.zeros(2 * UNITS), g[2 * UNITS :]])
        )

    def forward(self, past):
        level = past[:, -1:]
        change = (past - level) / 3
        state = self.gru(change[:, :, None])[0][:, -1]
        return level + 3 * self.out(state)


def run(small):
    peak, batch, steps = 5e-3, 32, 150 if small else 1200

    weeks = read_weeks()
    border = len(weeks) - TEST_WEEKS
    cut = lambda at: (weeks[at - PAST : at].float(), weeks[at : at + AHEAD].float())
    learned = [cut(at) for at in range(PAST, border - AHEAD + 1)]
    tested = [cut(at) for at in range(border, len(weeks) - AHEAD + 1)]

    net = Forecast()
    optimizer = torch.optim.Adam(net.parameters(), lr=peak)
    order = []
    for step in range(1, steps + 1):
        if len(order) < batch:
            order = torch.randperm(len(learned)).tolist()
        rows, order = order[:batch], order[batch:]
        past = torch.stack([learned[i][0] for i in rows])
        future = torch.stack([learned[i][1] for i in rows])
        # The schedule is of the full form also in the small one.
        optimizer.param_groups[0]["lr"] = peak * cosine(step, 50, 1200)
        loss = ((net(past) - future) ** 2).mean()
        update(optimizer, loss, clip=1)

    past = torch.stack([p for p, _ in tested])
    future = torch.stack([f for _, f in tested])
    with torch.no_grad():
        rmse = ((net(past) - future) ** 2).mean().sqrt()
    season = past[:, PAST - 52 : PAST - 52 + AHEAD]
    growth = past[:, -1:] - past[:, PAST - 53 : PAST - 52]
    root = lambda told: float(((told - future).double() ** 2).mean().sqrt())
    figures = {
        "rmse": float(rmse),
        "last_value": root(past[:, -1:]),
        "last_year": root(season),
        "last_year_and_growth": root(season + growth),
    }
    return figures


main(run)
