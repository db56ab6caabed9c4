"""moe-switch.dlm in PyTorch."""

from moe import train


def steps():
    return train("net.SwitchMoe_0", 1)
