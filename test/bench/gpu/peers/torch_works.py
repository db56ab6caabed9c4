"""The works of the benchmark in PyTorch: one line of JSON in, one out.

`{"open": work, "sizes": {...}}` makes one, `{"sample": count}` times so many executions queued together, `{"close": true}`
lets go of it. f32 throughout, without TF32.
"""

import json
import sys
import time

try:
    import torch
except ModuleNotFoundError as cause:
    print(json.dumps({"error": f"not installed: {cause}"}), flush=True)
    sys.exit(1)

import torch.nn as nn
import torch.nn.functional as F

device = sys.argv[1]
if device == "cuda" and not torch.cuda.is_available():
    print(json.dumps({"error": f"not installed with CUDA: PyTorch {torch.__version__} finds no GPU"}), flush=True)
    sys.exit(1)
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.manual_seed(0)


def draw(*shape):
    return torch.rand(*shape, device=device) * 2 - 1


def wait():
    if device == "cuda":
        torch.cuda.synchronize()


def product(M, K, N):
    a, b = draw(M, K), draw(K, N)
    return lambda: a @ b


def two_products(M, K, L, N):
    """Of halves that are there: it need not cast."""
    a, b, c = (draw(*shape).half() for shape in [(M, K), (K, L), (L, N)])
    return lambda: a @ b @ c


def convolution(B, H, C, O):
    """Channels last, as cuDNN likes them."""
    last = {"memory_format": torch.channels_last}
    x, dy = draw(B, C, H, H).contiguous(**last), draw(B, O, H, H).contiguous(**last)
    return x, draw(O, C, 3, 3).contiguous(**last), dy


def conv_forward(**sizes):
    x, K, _ = convolution(**sizes)
    return lambda: F.conv2d(x, K, padding=1)


def conv_gradient(mask):
    def work(**sizes):
        x, K, dy = convolution(**sizes)
        pairs = ([1, 1], [1, 1], [1, 1], False, [0, 0], 1)
        return lambda: torch.ops.aten.convolution_backward(dy, x, K, None, *pairs, mask)

    return work


def softmax(R, C):
    x = draw(R, C)
    return lambda: torch.softmax(x, -1)


def layer_norm(R, C):
    x, gamma, beta = draw(R, C), draw(C), draw(C)
    return lambda: F.layer_norm(x, (C,), gamma, beta)


def elementwise(N):
    x = draw(N)
    return lambda: torch.sqrt(torch.abs(x * 1.5 + 0.25) + 1)


def attend(q, k, v):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    T = q.shape[-2]
    later = torch.full((T, T), float("-inf"), device=device).triu(1)
    return torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5 + later, -1) @ v


def attention(H, T, D):
    q, k, v = (draw(1, H, T, D) for _ in range(3))
    return lambda: attend(q, k, v)


def optimizer(parameters):
    fused = {"fused": True} if device == "cuda" else {}
    return torch.optim.Adam(parameters, lr=1e-3, **fused)


def adam(n):
    w = torch.nn.Parameter(torch.zeros(n, device=device))
    w.grad = draw(n)
    return optimizer([w]).step


def dispatches(count, size):
    x, W = draw(size, size), torch.eye(size, device=device)

    def body():
        y = x
        for _ in range(count):
            y = y @ W

    return body


def small_model():
    net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)).to(device)
    x = torch.rand(1, 784)

    def body():
        with torch.no_grad():
            return net(x.to(device)).cpu()

    return body


def training(net, x, classes):
    net = net.to(device)
    label = torch.randint(classes, x.shape if x.dtype == torch.int64 else x.shape[:1], device=device)
    adam = optimizer(net.parameters())

    def body():
        adam.zero_grad(set_to_none=True)
        logits = net(x)
        F.cross_entropy(logits.reshape(-1, classes), label.reshape(-1)).backward()
        adam.step()

    return body


def train_mlp(batch, layers):
    widths = [784, 512, 256, 128, 10] if layers == 4 else [784, 33, 17, 10]
    parts = [part for a, b in zip(widths, widths[1:]) for part in (nn.Linear(a, b), nn.ReLU())]
    return training(nn.Sequential(*parts[:-1]), draw(batch, 784), 10)


def train_cnn(batch, ch, hidden):
    def convolved(before, after):
        return nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))

    dense = [nn.Flatten(), nn.Linear(49 * 2 * ch, hidden), nn.ReLU(), nn.Linear(hidden, 10)]
    net = nn.Sequential(convolved(1, ch), convolved(ch, 2 * ch), *dense)
    net = net.to(memory_format=torch.channels_last)
    return training(net, draw(batch, 1, 28, 28), 10)


class Block(nn.Module):
    def __init__(self, heads, width):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        B, T, E = x.shape
        parts = self.qkv(self.norm1(x)).reshape(B, T, 3, self.heads, E // self.heads)
        y = attend(*parts.permute(2, 0, 3, 1, 4))
        x = x + self.out(y.transpose(1, 2).reshape(B, T, E))
        return x + self.feed(self.norm2(x))


class Gpt(nn.Module):
    def __init__(self, ctx, depth, heads, width, vocab):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocab, width), nn.Parameter(torch.zeros(ctx, width))
        self.blocks = nn.Sequential(*(Block(heads, width) for _ in range(depth)))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, vocab))

    def forward(self, tokens):
        return self.head(self.blocks(self.wte(tokens) + self.wpe))


def train_gpt(batch, ctx, depth, heads, width, vocab):
    tokens = torch.randint(vocab, (batch, ctx), device=device)
    return training(Gpt(ctx, depth, heads, width, vocab), tokens, vocab)


works = {
    "product": product,
    "two_products": two_products,
    "conv_forward": conv_forward,
    "conv_input_gradient": conv_gradient([True, False, False]),
    "conv_kernel_gradient": conv_gradient([False, True, False]),
    "softmax": softmax,
    "layer_norm": layer_norm,
    "elementwise": elementwise,
    "attention": attention,
    "adam": adam,
    "dispatches": dispatches,
    "small_model": small_model,
    "train_mlp": train_mlp,
    "train_cnn": train_cnn,
    "train_gpt": train_gpt,
}


def sample(body, count):
    wait()
    begun = time.perf_counter()
    for _ in range(count):
        body()
    wait()
    return 1000 * (time.perf_counter() - begun)


def answer(given, body):
    if "open" in given:
        return works[given["open"]](**given["sizes"]), {}
    if "sample" in given:
        return body, {"ms": sample(body, given["sample"])}
    return None, {}


name = torch.cuda.get_device_name(0) if device == "cuda" else "the CPU"
print(json.dumps({"device": f"{torch.__version__} on {name}"}), flush=True)
body = None
for line in sys.stdin:
    try:
        given = json.loads(line)
        body, said = answer(given, body)
        if "close" in given and device == "cuda":
            torch.cuda.empty_cache()
    except Exception as cause:
        body, said = None, {"error": f"{type(cause).__name__}: {cause}"}
    print(json.dumps(said), flush=True)
