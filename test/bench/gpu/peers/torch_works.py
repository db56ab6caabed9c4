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


works = {"product": product}


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
        body, said = answer(json.loads(line), body)
    except Exception as cause:
        body, said = None, {"error": f"{type(cause).__name__}: {cause}"}
    print(json.dumps(said), flush=True)
