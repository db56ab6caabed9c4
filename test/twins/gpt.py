"""gpt.dlm in PyTorch."""

import math
import torch
from torch import nn
from torch.nn import functional as F
from twin import STEPS, affine, labels, parameter, put, update, weight

WIDTH = 12


def gpt_block(path):
    """An encoder layer, normalised before each part; the projections of queries, keys and values are one matrix."""
    block = nn.TransformerEncoderLayer(
        WIDTH, 3, 4 * WIDTH, dropout=0, activation="gelu", batch_first=True, norm_first=True
    )
    parts = [f"{path}.attend.{name}" for name in ("query", "key", "value")]
    put(block.self_attn.in_proj_weight, torch.cat([weight(f"{p}.W", [WIDTH, WIDTH]).T for p in parts]))
    put(block.self_attn.in_proj_bias, torch.cat([weight(f"{p}.b", [WIDTH]) for p in parts]))
    for layer, name, shape in (
        (block.self_attn.out_proj, "attend.out", [WIDTH, WIDTH]),
        (block.linear1, "feed.Dense_0", [WIDTH, 4 * WIDTH]),
        (block.linear2, "feed.Dense_1", [4 * WIDTH, WIDTH]),
    ):
        put(layer.weight, weight(f"{path}.{name}.W", shape).T)
        put(layer.bias, weight(f"{path}.{name}.b", shape[1:]))
    affine(f"{path}.norm1", block.norm1, WIDTH)
    affine(f"{path}.norm2", block.norm2, WIDTH)
    return block


def rate(done):
    """Warm-up to 1 in 5 updates, then half a cosine to 0 at update 20."""
    step = done + 1
    return step / 5 if step <= 5 else 0.5 * (1 + math.cos(math.pi * (step - 5) / 15))


def steps():
    tokens, places = parameter("net.wte", [11, WIDTH]), parameter("net.wpe", [9, WIDTH])
    blocks = nn.ModuleList([gpt_block(f"net.GptBlock_{i}") for i in range(2)])
    norm = affine("net.LayerNorm_0", nn.LayerNorm(WIDTH), WIDTH)
    later = nn.Transformer.generate_square_subsequent_mask(6).to(tokens.dtype)
    adamw = torch.optim.AdamW([tokens, places, *blocks.parameters(), *norm.parameters()], lr=0.01, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.LambdaLR(adamw, rate)
    for n in range(STEPS):
        h = tokens[labels("chars", 11, [6], n)] + places[:6]
        for block in blocks:
            h = block(h, later)
        scores = norm(h) @ tokens.T
        loss = F.cross_entropy(scores.transpose(1, 2), labels("target", 11, [6], n))
        update(adamw, loss, clip=1.0)
        schedule.step()
        yield {"loss": loss}
