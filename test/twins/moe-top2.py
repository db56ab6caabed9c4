"""moe-top2.dlm in PyTorch."""

from moe import train


def steps():
    return train("net.TopKMoe_0", 2)
