"""Runs every twin (or those named) in both precisions: `/usr/bin/python3 run.py > losses.json` keeps the numbers."""

import importlib
import json
import sys
import torch

NAMES = [
    "mlp",
    "cnn",
    "lstm",
    "gru",
    "autoencoder",
    "vae",
    "gan",
    "wgan",
    "wgan-gp",
    "moe-switch",
    "moe-top2",
    "gpt",
    "simsiam",
]


def run(name, dtype):
    """What the steps of a twin give, by name: `{"loss": [20 numbers]}`."""
    torch.set_default_dtype(dtype)
    series = {}
    for given in importlib.import_module(name).steps():
        for key, value in given.items():
            series.setdefault(key, []).append(float(value))
    return series


torch.set_num_threads(1)
json.dump(
    {
        name: {"double": run(name, torch.float64), "float": run(name, torch.float32)}
        for name in sys.argv[1:] or NAMES
    },
    sys.stdout,
)
