#!/usr/bin/env python3
"""PyTorch's side of the comparison op by op: answers the commands that heed-bench-ops answers, on the operands that it wrote.

`results` compares instead of writing. Usage: torch_side.py THREADS; compare_ops.py starts it. Needs torch and numpy.
"""
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).resolve().parent.parent / "kinds"))
from kinds import KINDS
from rows import RANDOM, ROWS, Row

ALLOWED = 2e-4  # difference of an element, as a part of the largest one of its array
OF_CTC = 3e-3  # PyTorch's gradient of 500 frames in float is 1.5e-3 away from its own in double
OF_MOMENTS = 0.2  # the same for the mean and the deviation of random numbers


def read(path):
    return torch.from_numpy(np.load(path))


class Prepared:
    def __init__(self, name, kinds, folder, operands, n, differentiable, trained, lazy):
        self.name, self.folder, self.differentiable = name, Path(folder), differentiable
        row = (KINDS if kinds else ROWS)[name]
        self.row = row if isinstance(row, Row) else Row(row)
        values, ids, self.wanted, self.backs = [], [], [], []
        for operand in operands:
            x = read(self.folder / operand["file"])
            if operand["ids"]:
                ids.append(x)
                continue
            layout = self.row.layouts[len(values)] if len(values) < len(self.row.layouts) else None
            values.append(layout.there(x) if layout else x)
            if not operand["constant"] and differentiable:
                self.wanted.append(values[-1].requires_grad_())
                self.backs.append(layout.back if layout else lambda g: g)
        self.operands = values + ids + [n] * (n > 0)
        if trained:
            self.optimizers = [torch.optim.SparseAdam(self.wanted[:1])] if lazy else []
            self.optimizers.append(torch.optim.Adam(self.wanted[lazy:], fused=True))
        if differentiable:
            self.dy = read(self.folder / "dy.npy")
            self.dy = self.row.result.there(self.dy) if self.row.result else self.dy

    def call(self):
        return self.row.call(*self.operands)

    def forward(self):
        with torch.inference_mode():
            self.call()

    def first(self):
        y = self.call()
        return y[0] if isinstance(y, (tuple, list)) else y

    def backward(self):
        return torch.autograd.grad(self.first(), self.wanted, self.dy)

    def training(self):
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        self.first().backward()
        for optimizer in self.optimizers:
            optimizer.step()

    def difference(self, ours, theirs):
        """The largest difference of both arrays as a part of the largest element; infinite where the shapes differ."""
        ours, theirs = ours.detach().double(), theirs.double()
        if ours.shape != theirs.shape:
            return float("inf")
        if self.name in RANDOM:
            ours, theirs = torch.stack([ours.mean(), ours.std()]), torch.stack([theirs.mean(), theirs.std()])
            return float((ours - theirs).abs().max() / theirs.abs().max())
        same = (ours == theirs) | (ours.isnan() & theirs.isnan())
        distance = torch.where(same, 0, (ours - theirs).abs())
        finite = theirs[theirs.isfinite()]
        largest = float(finite.abs().max()) if finite.numel() else 0.0
        return float(distance.max()) / max(largest, 1e-30) if distance.numel() else 0.0

    def results(self, results):
        y = self.call()
        y = list(y) if isinstance(y, (tuple, list)) else [y]
        if self.row.result:
            y = [self.row.result.back(part) for part in y]
        compared = {name: self.difference(part, read(self.folder / name)) for name, part in zip(results, y, strict=True)}
        if self.differentiable and self.name not in RANDOM:
            for k, (g, back) in enumerate(zip(self.backward(), self.backs)):
                compared[f"gradient {k}"] = self.difference(back(g).to_dense(), read(self.folder / f"g{k}.npy"))
        largest = max(compared, key=compared.get)
        allowed = OF_MOMENTS if self.name in RANDOM else OF_CTC if self.name == "ctc_loss" else ALLOWED
        return {"difference": compared[largest], "where": largest, "agree": compared[largest] <= allowed}

    def time(self, phase, seconds, clock):
        now = time.process_time if clock == "cpu" else time.perf_counter
        run = getattr(self, phase)

        def block(calls):
            start = now()
            for _ in range(calls):
                run()
            return (now() - start) / calls

        first = block(1)
        calls = int(min(max(0.002 / max(first, 1e-7), 1), 10_000))
        blocks, end = [], now() + seconds
        while not blocks or now() < end:
            blocks.append(block(calls))
        return {"ms": statistics.median(blocks) * 1e3, "calls": calls * len(blocks)}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    prepared = None
    for line in sys.stdin:
        command = json.loads(line)
        do = command.pop("do")
        if do == "list":
            answer = {"rows": list(ROWS), "kinds": list(KINDS), "torch": torch.__version__, "isa": torch.backends.cpu.get_cpu_capability()}
        elif do == "prepare":
            prepared, answer = None, {}
            prepared = Prepared(**command)
        else:
            answer = getattr(prepared, do)(**command)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
