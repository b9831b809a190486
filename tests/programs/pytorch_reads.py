#!/usr/bin/env python3
"""Checks that PyTorch and `transformers` open what nn::save wrote, strictly, and compute the same with it.

  pytorch_reads.py build/default/heed_tests

Needs what tools/make_reference and tools/make_huggingface_reference need. The tests "save models" write the files: one of each layer
for torch.nn, and six architectures for `transformers`.
"""
import json
import os
import subprocess
import sys
import tempfile
from importlib.machinery import SourceFileLoader
from pathlib import Path

import torch
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parent.parent.parent


def tool(name):
    return SourceFileLoader(name, str(ROOT / "tools" / name)).load_module()


def close(name, ours, theirs):
    apart = ((ours - theirs).abs().max() / theirs.abs().max().clamp(min=1)).item()
    print(f"{name}: at most {apart:.1e} apart")
    return apart < 1e-5


def layers(file):
    model = tool("make_reference").Layers().float().eval()
    model.load_state_dict(load_file(file), strict=True)
    expected = load_file(ROOT / "tests/files/pytorch_layers_outputs.safetensors")
    with torch.no_grad():
        made = model.outputs(expected.pop("x").float())
    return all(close(f"{file.stem} {name}", made[name].double(), y) for name, y in expected.items())


def model_of(file, make):
    """From a folder with a configuration, as users have it."""
    torch.manual_seed(1)
    blank = make()[0]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.json").write_text(json.dumps(blank.config.to_dict()))
        Path(folder, "model.safetensors").write_bytes(file.read_bytes())
        model, report = type(blank).from_pretrained(folder, output_loading_info=True, dtype=torch.float32)
    if any(report.values()):
        sys.exit(f"{file.name}: {report}")
    expected = load_file(ROOT / f"tests/files/huggingface/{make.__name__}_expected.safetensors")
    logits = expected.pop("logits")
    return close(file.stem, tool("make_huggingface_reference").answer(model.eval(), expected).double(), logits)


def main():
    models = tool("make_huggingface_reference")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "save models*"], env=os.environ | {"HEED_SAVED": folder}, check=True, stdout=subprocess.DEVNULL)
        files = sorted(Path(folder).iterdir())
        good = [layers(file) if file.name.startswith("pytorch_layers") else model_of(file, getattr(models, file.name.partition(".")[0]))
                for file in files]
    sys.exit(not (good and all(good)))


if __name__ == "__main__":
    main()
