"""Draws from every source of randomness of PyTorch that a script may use without a seed; a digest for each."""

import hashlib
import random

import numpy
import torch
from torch.utils.data import DataLoader, Dataset


class Draws(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        drawn = [random.random(), numpy.random.rand(), numpy.random.default_rng().random(), torch.rand(1).item()]
        return torch.tensor([index] + drawn, dtype=torch.float64)


def report(name, value):
    print(name, hashlib.sha256(repr(value).encode()).hexdigest(), flush=True)


def epochs(**options):
    loader = DataLoader(Draws(), batch_size=4, shuffle=True, **options)
    return [batch.tolist() for _ in range(2) for batch in loader]


def train():
    images, classes = torch.rand(64, 1, 16, 16), torch.randint(0, 10, (64,))
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Dropout(0.2), torch.nn.Flatten(),
        torch.nn.Linear(8 * 7 * 7, 10),
    )
    optimiser = torch.optim.Adam(network.parameters())
    for _ in range(5):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(network(images), classes).backward()
        optimiser.step()
    return [parameter.tolist() for parameter in network.parameters()]


def rank_work(rank, queue):
    queue.put((rank, torch.rand(2).tolist()))


def ranks():
    queue = torch.multiprocessing.get_context("spawn").SimpleQueue()
    torch.multiprocessing.spawn(rank_work, args=(queue,), nprocs=2)
    return sorted(queue.get() for _ in range(2))


if __name__ == "__main__":
    report("global", [torch.rand(3).tolist(), torch.randn(3).tolist(), torch.randperm(10).tolist()])
    report("generator", [torch.Generator().initial_seed(), torch.Generator().seed()])
    report("loader", epochs())
    report("loader, two workers", epochs(num_workers=2))
    if "spawn" in torch.multiprocessing.get_all_start_methods():
        report("loader, two spawned workers", epochs(num_workers=2, multiprocessing_context="spawn"))
    report("loader, workers that stay", epochs(num_workers=2, persistent_workers=True))
    report("training", train())
    report("ranks", ranks())
    torch.seed()
    report("seed of its own", torch.rand(2).tolist())
