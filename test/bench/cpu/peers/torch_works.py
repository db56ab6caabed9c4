"""The works of the benchmark in PyTorch, eager, on one thread: one line of JSON in, one out.

`{"open": work, "sizes": {...}, "arrays": {...}}` makes one, `{"outputs": true}` gives what it computes, `{"sample": count}`
times so many executions by the clock that the command names, `{"close": true}` lets go of it.
"""

import base64
import gzip
import json
import sys
import time

try:
    import numpy
    import torch
except ModuleNotFoundError as cause:
    print(json.dumps({"error": f"not installed: {cause}"}), flush=True)
    sys.exit(1)

import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)


def tensor_of(given):
    dtype = numpy.int32 if given["dtype"] == "i32" else numpy.float32
    values = numpy.frombuffer(base64.b64decode(given["data"]), dtype).reshape(given["shape"])
    return torch.from_numpy(values.copy())


def base64_of(y):
    return base64.b64encode(y.detach().contiguous().numpy().tobytes()).decode()


def product(a, b):
    call = lambda: a @ b
    return call, lambda: [call()]


def fill(parameter, values):
    with torch.no_grad():
        assert parameter.shape == values.shape, f"{parameter.shape} is not {values.shape}"
        parameter.copy_(values)


def dense(weights, path):
    W, b = weights[f"{path}.W"], weights[f"{path}.b"]
    layer = nn.Linear(*W.shape)
    fill(layer.weight, W.T)
    fill(layer.bias, b)
    return layer


def conv(weights, path):
    K, b = weights[f"{path}.K"], weights[f"{path}.b"]
    layer = nn.Conv2d(K.shape[2], K.shape[3], 3)
    fill(layer.weight, K.permute(3, 2, 0, 1))
    fill(layer.bias, b)
    return layer


def tiny(weights):
    return nn.Sequential(dense(weights, "Dense_0"), nn.ReLU(), dense(weights, "Dense_1"))


def mlp(weights):
    parts = [part for k in range(4) for part in (dense(weights, f"Dense_{k}"), nn.ReLU())]
    return nn.Sequential(*parts[:-1])


class Cnn(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.conv = nn.Sequential(conv(weights, "Conv_0"), nn.ReLU(), conv(weights, "Conv_1"), nn.ReLU(), nn.MaxPool2d(2))
        self.dense = nn.Sequential(dense(weights, "Dense_0"), nn.ReLU(), dense(weights, "Dense_1"))
        # Weights of `Dense_0` meet channels last.
        with torch.no_grad():
            first = self.dense[0].weight
            first.copy_(first.reshape(128, 12, 12, 64).permute(0, 3, 1, 2).reshape(128, -1))

    def forward(self, x):
        return self.dense(self.conv(x.reshape(-1, 1, 28, 28)).flatten(1))


class Classifier(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.lstm = nn.LSTM(128, 128, batch_first=True)
        # Its gates are i, f, g, o too.
        fill(self.lstm.weight_ih_l0, weights["Lstm_0.Wx"].T)
        fill(self.lstm.weight_hh_l0, weights["Lstm_0.Wh"].T)
        fill(self.lstm.bias_ih_l0, weights["Lstm_0.b"])
        # There is one bias here, so this one neither counts nor moves.
        nn.init.zeros_(self.lstm.bias_hh_l0)
        self.lstm.bias_hh_l0.requires_grad = False
        self.dense = dense(weights, "Dense_0")

    def forward(self, x):
        return self.dense(self.lstm(x)[0][:, -1])


networks = {"tiny": tiny, "mlp": mlp, "cnn": Cnn, "lstm": Classifier}


def inference(network, x, **weights):
    net = networks[network](weights).eval()

    def call():
        with torch.no_grad():
            return net(x)

    return call, lambda: [call()]


def training(network, x, label, **weights):
    net = networks[network](weights)
    label = label.long()
    adam = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=1e-3)

    def step():
        adam.zero_grad(set_to_none=True)
        loss = F.cross_entropy(net(x), label)
        loss.backward()
        adam.step()
        return loss.item()

    return step, lambda: [torch.tensor([step() for _ in range(3)])]


def fashion(folder, what, offset):
    with gzip.open(f"{folder}/train-{what}-ubyte.gz") as file:
        return torch.from_numpy(numpy.frombuffer(file.read(), numpy.uint8, offset=offset).copy())


def epoch(folder):
    x = fashion(folder, "images-idx3", 16).reshape(-1, 784).float() / 255
    label = fashion(folder, "labels-idx1", 8).long()
    net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def call():
        total = 0
        for rows in torch.randperm(len(x)).split(64):
            adam.zero_grad(set_to_none=True)
            loss = F.cross_entropy(net(x[rows]), label[rows])
            loss.backward()
            adam.step()
            total += loss.item()
        return total

    return call, None


def opened(work, arrays):
    given = {name: tensor_of(one) for name, one in arrays.items()}
    if work == "product":
        return product(**given)
    kind, network = work.split(" ")
    if kind == "epoch":
        return epoch(network)
    return (inference if kind == "inference" else training)(network, **given)


now = time.process_time if sys.argv[1] == "processor" else time.perf_counter


def sample(call, count):
    begun = now()
    for _ in range(count):
        call()
    return 1000 * (now() - begun)


print(json.dumps({"device": f"{torch.__version__} on the CPU"}), flush=True)
work = None
for line in sys.stdin:
    try:
        given = json.loads(line)
        said = {}
        if "open" in given:
            work = opened(given["open"], given["arrays"])
        elif "outputs" in given:
            said = {"outputs": [base64_of(y) for y in work[1]()]}
        elif "sample" in given:
            said = {"ms": sample(work[0], given["sample"])}
        else:
            work = None
    except Exception as cause:
        said = {"error": f"{type(cause).__name__}: {cause}"}
    print(json.dumps(said), flush=True)
