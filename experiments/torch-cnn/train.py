"""Trains a small convolutional network on handwritten digits, with noise and shifts that the loader's workers draw.

Writes the network's weights, the loss of each epoch and the predictions on held-out images.
"""

import csv
import json
import os
import random

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, Dataset

EPOCHS = 5


class Digits(Dataset):
    """Images of 8 by 8 with their labels, shifted by up to one pixel and blurred by noise."""

    def __init__(self, images, labels):
        self.images = images
        self.labels = labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = np.roll(self.images[index], random.choice([-1, 0, 1]), axis=1)
        image = image + np.random.normal(scale=0.05, size=image.shape)
        return torch.from_numpy(image).float().unsqueeze(0), int(self.labels[index])


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, kernel_size=3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.25),
        nn.Linear(32 * 4 * 4, 64),
        nn.ReLU(),
        nn.Dropout(0.25),
        nn.Linear(64, 10),
    )


def train(model, loader):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.CrossEntropyLoss()
    losses = []
    for epoch in range(1, EPOCHS + 1):
        model.train()
        total = 0.0
        for images, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
        print(f"epoch {epoch}: loss {losses[-1]:.6f}", flush=True)
    return losses


def main():
    images, labels = load_digits(return_X_y=True)
    images = (images / 16.0).reshape(-1, 8, 8)
    train_images, test_images, train_labels, test_labels = train_test_split(
        images, labels, test_size=0.25, stratify=labels
    )
    loader = DataLoader(
        Digits(train_images, train_labels), batch_size=64, shuffle=True, num_workers=2
    )
    model = network()
    losses = train(model, loader)

    model.eval()
    with torch.no_grad():
        test = torch.from_numpy(test_images).float().unsqueeze(1)
        predictions = model(test).argmax(dim=1).numpy()
    accuracy = float((predictions == test_labels).mean())
    print(f"accuracy on {len(test_labels)} held-out images: {accuracy:.4f}")

    os.makedirs("out", exist_ok=True)
    state = model.state_dict()
    torch.save(state, "out/model.pt")
    np.savez("out/weights.npz", **{name: value.numpy() for name, value in state.items()})
    with open("out/metrics.json", "w") as file:
        json.dump({"accuracy": accuracy, "losses": losses}, file, indent=2)
        file.write("\n")
    with open("out/predictions.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "prediction"])
        writer.writerows(zip(test_labels.tolist(), predictions.tolist()))


if __name__ == "__main__":
    main()
