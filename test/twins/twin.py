"""What the twins share: dlm's counter generator, weights by their paths, and a run in both precisions."""

import numpy as np
import torch

SEED = 3
STEPS = 20
WORD = np.uint32


def threefry(key, first, second):
    """Both words of Threefry2x32-20 (Salmon et al., 2011), for arrays of counters."""
    schedule = [key[0], key[1], WORD(key[0] ^ key[1] ^ WORD(0x1BD11BDA))]
    x, y = first + schedule[0], second + schedule[1]
    for group in range(5):
        for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
            x = x + y
            y = ((y << WORD(turn)) | (y >> WORD(32 - turn))) ^ x
        x = x + schedule[(group + 1) % 3]
        y = y + schedule[(group + 2) % 3] + WORD(group + 1)
    return x, y


def words(stream, count, n):
    """`count` random words of draw `n` of a stream, whose key is its FNV-1a hash under the seed."""
    code = 0xCBF29CE484222325
    for byte in stream.encode():
        code = (code ^ byte) * 0x100000001B3 % 2**64
    name = np.array([code % 2**32], WORD), np.array([code >> 32], WORD)
    key = threefry((WORD(SEED), WORD(0)), *name)
    pairs = np.arange((count + 1) // 2, dtype=WORD)
    x, y = threefry((key[0][0], key[1][0]), pairs, np.full_like(pairs, n))
    return np.stack([x, y], -1).reshape(-1)


def tensor(values):
    return torch.tensor(values, dtype=torch.get_default_dtype())


def draw_uniform(stream, shape, n):
    """In [0, 1), multiples of 2^-24."""
    count = int(np.prod(shape))
    return ((words(stream, count, n)[:count] >> WORD(8)) / 2.0**24).reshape(shape)


def draw_normal(stream, shape, n):
    """Standard normal: Box-Muller of each pair of uniform draws."""
    count = int(np.prod(shape))
    pair = draw_uniform(stream, [(count + 1) // 2, 2], n)
    radius, angle = np.sqrt(-2 * np.log(1 - pair[:, 0])), 2 * np.pi * pair[:, 1]
    both = np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)
    return tensor(both.reshape(-1)[:count].reshape(shape))


def rows(n):
    """Rows of batch `n`: there are three batches, the last one smaller."""
    return 4 if n % 3 == 2 else 5


def floats(name, shape, n):
    """A data field in batch `n`: `[rows, *shape]` in [0, 1)."""
    return tensor(draw_uniform(name, [rows(n), *shape], n % 3))


def labels(name, below, shape, n):
    """An integer data field in batch `n`: `[rows, *shape]` in 0 .. below - 1."""
    return torch.tensor(np.floor(below * draw_uniform(name, [rows(n), *shape], n % 3)).astype(int))


def weight(path, shape, around=0.0):
    """What a weight starts with, in dlm's layout: `around` plus or minus a half, rounded to f32."""
    return tensor((around + draw_uniform(path, shape, 0) - 0.5).astype(np.float32))


def put(parameter, value):
    """Gives a parameter a value of the same shape."""
    assert parameter.shape == value.shape, (parameter.shape, value.shape)
    parameter.data.copy_(value)


def parameter(path, shape):
    return torch.nn.Parameter(weight(path, shape))


def dense(path, inputs, units):
    layer = torch.nn.Linear(inputs, units)
    put(layer.weight, weight(f"{path}.W", [inputs, units]).T)
    put(layer.bias, weight(f"{path}.b", [units]))
    return layer


def embedding(path, count, width):
    layer = torch.nn.Embedding(count, width)
    put(layer.weight, weight(f"{path}.W", [count, width]))
    return layer


def convolution(path, inputs, channels, kernel, **options):
    layer = torch.nn.Conv2d(inputs, channels, kernel, **options)
    shape = [*layer.kernel_size, inputs // layer.groups, channels]
    put(layer.weight, weight(f"{path}.K", shape).permute(3, 2, 0, 1))
    if layer.bias is not None:
        put(layer.bias, weight(f"{path}.b", [channels]))
    return layer


def transposed_convolution(path, inputs, channels, kernel, **options):
    layer = torch.nn.ConvTranspose2d(inputs, channels, kernel, **options)
    shape = [*layer.kernel_size, inputs, channels]
    put(layer.weight, weight(f"{path}.K", shape).permute(2, 3, 0, 1))
    put(layer.bias, weight(f"{path}.b", [channels]))
    return layer


def affine(path, layer, width):
    """A normalisation with its scale and shift."""
    put(layer.weight, weight(f"{path}.gamma", [width], 1.0))
    put(layer.bias, weight(f"{path}.beta", [width]))
    return layer


def recurrent(path, layer, level, suffix="", learned_hidden_bias=0):
    """Weights of one level of an LSTM or GRU. dlm has one bias where PyTorch adds two: the second stays 0, but for the
    last `learned_hidden_bias` elements, which are `bn` of a GRU."""
    at = lambda name: getattr(layer, f"{name}_l{level}{suffix}")
    put(at("weight_ih"), weight(f"{path}.Wx", at("weight_ih").shape[::-1]).T)
    put(at("weight_hh"), weight(f"{path}.Wh", at("weight_hh").shape[::-1]).T)
    put(at("bias_ih"), weight(f"{path}.b", at("bias_ih").shape))
    learned = torch.zeros_like(at("bias_hh"))
    if learned_hidden_bias:
        learned[-learned_hidden_bias:] = 1
        at("bias_hh").data.zero_()[-learned_hidden_bias:] = weight(f"{path}.bn", [learned_hidden_bias])
    else:
        at("bias_hh").data.zero_()
    at("bias_hh").register_hook(lambda gradient: gradient * learned)


def update(optimizer, loss, clip=None):
    """One step of an optimizer down a loss."""
    optimizer.zero_grad()
    loss.backward()
    if clip is not None:
        torch.nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], clip)
    optimizer.step()
