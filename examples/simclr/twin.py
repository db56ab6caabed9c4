"""SimCLR and its linear probe in PyTorch."""

import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from twins import batches, conv, dense, fashion, main

tau = 0.3


def uniform(count, low, high):
    return low + (high - low) * torch.rand(count)


def views(x, least=0.3, light=0.5):
    n = len(x)
    width = uniform(n, least, 1).sqrt()
    height = width * uniform(n, 0.85, 1.15)
    mirrored = (torch.rand(n) < 0.5).float()
    places = torch.zeros(n, 2, 3)
    places[:, 0, 0] = (1 - 2 * mirrored) * width
    places[:, 0, 2] = uniform(n, -1, 1) * (1 - width).clamp(min=0)
    places[:, 1, 1] = height
    places[:, 1, 2] = uniform(n, -1, 1) * (1 - height).clamp(min=0)
    grid = F.affine_grid(places, x.shape, align_corners=False)
    brightness = uniform(n, 1 - light, 1 + light).view(-1, 1, 1, 1)
    return brightness * F.grid_sample(x, grid, align_corners=False)


def encoder():
    return nn.Sequential(
        conv(1, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        conv(16, 64, 3, stride=2, padding=1), nn.BatchNorm2d(64), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), dense(64, 128), nn.ReLU(),
    )


def nt_xent(z):
    z = F.normalize(z, dim=1, eps=1e-8)
    score = (z @ z.T / tau).fill_diagonal_(float("-inf"))
    n = len(z)
    return F.cross_entropy(score, (torch.arange(n) + n // 2) % n)


def probe(encode, labelled, test):
    """Test accuracy of a linear classifier on the encoder's features as they are now."""
    encode.eval()
    with torch.no_grad():
        features, unseen = encode(labelled[0]), encode(test[0])
    encode.train()
    net = nn.Sequential(nn.BatchNorm1d(128, affine=False), dense(128, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(60):
        for rows in batches(len(features), 100):
            loss = F.cross_entropy(net(features[rows]), labelled[1][rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    net.eval()
    with torch.no_grad():
        return (net(unseen).argmax(1) == test[1]).float().mean().item()


def run(small):
    def halved(images, labels):
        return F.avg_pool2d(images.view(-1, 1, 28, 28), 2), labels

    train, labels = halved(*fashion("train", 2_000 if small else 10_000))
    test = halved(*fashion("t10k", 1_000 if small else 5_000))
    labelled = train[:1_000], labels[:1_000]
    encode = encoder()
    project = nn.Sequential(dense(128, 64), nn.ReLU(), dense(64, 128))
    random_accuracy = probe(encode, labelled, test)
    optimizer = torch.optim.Adam([*encode.parameters(), *project.parameters()], lr=2e-3)
    for _ in range(3 if small else 5):
        for rows in batches(len(train), 200):
            x = train[rows]
            loss = nt_xent(project(encode(views(torch.cat([x, x])))))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return {"accuracy": probe(encode, labelled, test), "random_accuracy": random_accuracy}


main(run)
