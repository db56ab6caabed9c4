"""The text of read-text.ts for the PyTorch twins: the same characters, the same part held out."""

import gzip
import math
import os
import pathlib

import torch
import torch.nn.functional as F

ALPHABET = "\n !'(),-.:;?ABCDEFGHIJKLMNOPQRSTUVWYZabcdefghijklmnopqrstuvwxyz"


def read_text(small):
    """Numbers of the characters that are learned from, and of those held out."""
    if small:
        raw = gzip.open(pathlib.Path(__file__).parent / "genesis.txt.gz").read()
    else:
        raw = pathlib.Path(os.environ.get("KJV", "kjv.txt")).read_bytes()
    ids = torch.tensor([ALPHABET.index(c) for c in raw.decode("latin1")])
    learned = math.floor(len(ids) * 0.95)
    return ids[:learned], ids[learned:]


def windows(ids, length):
    count = (len(ids) - 1) // length
    cut = lambda ahead: ids[ahead : ahead + count * length].view(count, length)
    return cut(0), cut(1)


def batches(ids, length, batch, steps):
    """Every epoch cuts the text from a start of its own and takes the windows in random order."""
    done = 0
    while True:
        start = int(torch.randint(length, ()))
        text, target = windows(ids[start:], length)
        order = torch.randperm(len(text))
        for rows in order.split(batch):
            if done == steps:
                return
            done += 1
            yield done, text[rows], target[rows]


def held_out_bits(net, ids, length, batch=64):
    text, target = windows(ids, length)
    net.eval()
    with torch.no_grad():
        nats = sum(
            F.cross_entropy(net(x).flatten(0, 1), y.flatten(), reduction="sum").item()
            for x, y in zip(text.split(batch), target.split(batch))
        )
    return nats / target.numel() / math.log(2)
