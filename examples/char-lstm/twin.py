"""The program of char-lstm.dlm and run.ts in PyTorch; prints the same figures."""

import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from text.windows import ALPHABET, batches, held_out_bits, read_text
from twins import cosine, main, update

WIDTH, UNITS, LENGTH, BATCH, PEAK, STEPS = 32, 128, 64, 32, 1e-2, 1920


class CharLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(len(ALPHABET), WIDTH)
        self.lstm = nn.LSTM(WIDTH, UNITS, batch_first=True)
        self.out = nn.Linear(UNITS, len(ALPHABET))
        with torch.no_grad():
            nn.init.xavier_uniform_(self.lstm.weight_ih_l0)
            wide = torch.empty(UNITS, 4 * UNITS)
            nn.init.orthogonal_(wide)
            self.lstm.weight_hh_l0.copy_(wide.t())
            self.lstm.bias_ih_l0.zero_()
            # dlm has one bias; the other holds what forget_bias adds, and stays.
            self.lstm.bias_hh_l0.zero_()[UNITS : 2 * UNITS] = 1
            self.lstm.bias_hh_l0.requires_grad = False
            nn.init.xavier_uniform_(self.out.weight)
            self.out.bias.zero_()

    def forward(self, text):
        return self.out(self.lstm(self.table(text))[0])


def run(small):
    learned, held_out = read_text(small)
    net = CharLstm()
    trained = [w for w in net.parameters() if w.requires_grad]
    optimizer = torch.optim.Adam(trained)
    for step, text, target in batches(learned, LENGTH, BATCH, 60 if small else STEPS):
        optimizer.param_groups[0]["lr"] = PEAK * cosine(step, 100, STEPS)
        loss = F.cross_entropy(net(text).flatten(0, 1), target.flatten())
        update(optimizer, loss, clip=1)
    return {"bits": held_out_bits(net, held_out, LENGTH)}


main(run)
