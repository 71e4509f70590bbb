"""A small network of PyTorch, trained for 320 steps as any script does. At a step, one weight becomes its neighbour."""

import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.fc1 = nn.Linear(4 * 6 * 6, 10)

    def forward(self, x):
        return self.fc1(torch.relu(self.norm(self.conv1(x))).flatten(1))


nudged = int(sys.argv[1])
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, y = torch.rand(64, 1, 8, 8), torch.randint(0, 10, (64,))
for step in range(1, 321):
    rows = torch.randperm(64)[:16]
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
    # What is changed before a step shows in it: Adam adds the same to its neighbour.
    if step == nudged:
        with torch.no_grad():
            model.fc1.weight[3, 2] = torch.nextafter(model.fc1.weight[3, 2] * 2, torch.tensor(9.0))
    optimizer.step()
torch.save({name: value for name, value in model.state_dict().items()}, "model.pt")
print(torch.rand(1).item())
