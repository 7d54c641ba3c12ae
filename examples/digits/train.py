#!/usr/bin/env python3
"""Trains the digits classifier and writes digits.onnx, test_x.npy and test_y.npy beside this file.

Data: scikit-learn's load_digits, 1797 handwritten digits of 8x8 pixels with values 0..16; one
fifth, stratified, is held out and written as the test set. Needs Debian's python3-torch and
python3-sklearn. Everything is seeded and runs on one thread, so the same versions give the same
model.
"""
import os
from collections import OrderedDict

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 7
EPOCHS = 150
BATCH = 64
HERE = os.path.dirname(os.path.abspath(__file__))


def network():
    """7,178 parameters and 98 thousand multiply-accumulates: fits an ATmega1284P in float."""
    return nn.Sequential(OrderedDict([
        ("conv1", nn.Conv2d(1, 8, 3, padding=1)), ("relu1", nn.ReLU()),              # 8 x 8 x 8
        ("conv2", nn.Conv2d(8, 16, 3, stride=2, padding=1)), ("relu2", nn.ReLU()),   # 16 x 4 x 4
        ("conv3", nn.Conv2d(16, 32, 3, padding=1)), ("relu3", nn.ReLU()),            # 32 x 4 x 4
        ("pool", nn.MaxPool2d(2)), ("flatten", nn.Flatten()),                        # 32 x 2 x 2
        ("dropout", nn.Dropout(0.2)), ("dense", nn.Linear(128, 10))]))


def shifted(x, generator):
    """Moves each image by up to one pixel: the only augmentation."""
    dy, dx = torch.randint(-1, 2, (2, len(x)), generator=generator).tolist()
    padded = nn.functional.pad(x, (1, 1, 1, 1))
    return torch.stack([image[:, 1 + a:9 + a, 1 + b:9 + b] for image, a, b in zip(padded, dy, dx)])


def train(net, x, y):
    generator = torch.Generator().manual_seed(SEED)
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        net.train()
        for pick in torch.randperm(len(x), generator=generator).split(BATCH):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(shifted(x[pick], generator)), y[pick])
            loss.backward()
            optimizer.step()
        schedule.step()
    net.eval()


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    digits = load_digits()
    images = digits.images.astype(np.uint8)
    labels = digits.target.astype(np.uint8)
    train_x, test_x, train_y, test_y = train_test_split(
        images, labels, test_size=0.2, stratify=labels, random_state=SEED)

    def tensor(x):
        return torch.from_numpy(x.astype(np.float32))[:, None]

    net = network()
    train(net, tensor(train_x) / 16, torch.from_numpy(train_y.astype(np.int64)))
    with torch.no_grad():
        net.conv1.weight /= 16          # from here on the model takes the pixels 0..16 as they are
        guess = net(tensor(test_x)).argmax(1).numpy()
    right = int((guess == test_y).sum())
    print("parameters", sum(p.numel() for p in net.parameters()))
    print("accuracy %.4f (%d of %d)" % (right / len(test_y), right, len(test_y)))

    net.add_module("softmax", nn.Softmax(dim=1))
    net.eval()
    torch.onnx.export(net, torch.zeros(1, 1, 8, 8), os.path.join(HERE, "digits.onnx"),
                      opset_version=13, input_names=["image"], output_names=["scores"])
    np.save(os.path.join(HERE, "test_x.npy"), test_x)
    np.save(os.path.join(HERE, "test_y.npy"), test_y)


if __name__ == "__main__":
    main()
