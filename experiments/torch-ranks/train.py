"""Trains a network on handwritten digits in two ranks on one node, which average their gradients.

Each rank has half of the images in every epoch and a dropout of its own. Rank 0 writes the weights; the losses are
those that each rank saw.
"""

import csv
import os

import numpy as np
import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

RANKS = 2
EPOCHS = 10


def dataset():
    # Here, since each rank imports this file too, and the process that starts them needs no data.
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return TensorDataset(torch.from_numpy(images / 16.0).float(), torch.from_numpy(labels).long())


def train(rank):
    distributed.init_process_group("gloo", rank=rank, world_size=RANKS)
    data = dataset()
    sampler = DistributedSampler(data, num_replicas=RANKS, rank=rank, shuffle=True)
    loader = DataLoader(data, batch_size=64, sampler=sampler)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))
    model = DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    criterion = nn.CrossEntropyLoss()

    losses = []
    for epoch in range(EPOCHS):
        sampler.set_epoch(epoch)
        total = 0.0
        for images, labels in loader:
            images = images + 0.05 * torch.randn_like(images)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(loader))

    everyone = [torch.zeros(EPOCHS, dtype=torch.float64) for _ in range(RANKS)]
    distributed.all_gather(everyone, torch.tensor(losses, dtype=torch.float64))
    if rank == 0:
        save(model.module, torch.stack(everyone).numpy())
    distributed.destroy_process_group()


def save(model, losses):
    os.makedirs("out", exist_ok=True)
    state = model.state_dict()
    np.savez("out/weights.npz", **{name: value.numpy() for name, value in state.items()})
    with open("out/losses.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch"] + [f"rank {rank}" for rank in range(RANKS)])
        for epoch, row in enumerate(losses.T.tolist(), start=1):
            writer.writerow([epoch] + row)
            print(f"epoch {epoch}: losses {row[0]:.6f} and {row[1]:.6f}", flush=True)


if __name__ == "__main__":
    os.environ["MASTER_ADDR"] = "127.0.0.1"
    os.environ["MASTER_PORT"] = "29500"
    multiprocessing.spawn(train, nprocs=RANKS)
