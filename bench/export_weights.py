#!/usr/bin/env python3
"""Writes the networks that PyTorch's yardstick trains: weights, batch, and the losses of five steps, a safetensors file each.

  bench/export_weights.py --yardstick bench_torch.py --out FOLDER [--only NAME ...]
  build/default/heed-bench --weights FOLDER/gpt_char.safetensors --only gpt_char --check

Run by an interpreter with torch 2.13. A file holds the parameters as model.NAME, by the names and in the layout that heed's
nn::load() takes for PyTorch's (docs/use/from_pytorch.md); what the loss is given as batch.0, batch.1, ...; and losses, in F64.
"""
import argparse, importlib.util, json, pathlib, re, struct, subprocess, sys
import torch

NAMES = ["mlp_small", "g2p_bahdanau", "transformer_tiny", "vit_small", "audio_small", "gpt_char", "gpt_char_big"]
STEPS = 5

# From the yardstick's names to those of bench/training_*.cpp.
RENAMES = [(re.compile(pattern), to) for pattern, to in [
    (r"^0\.", "hidden."), (r"^2\.", "out."),  # of the nn.Sequential
    (r"^es\.", "letter."), (r"^et\.", "phone."), (r"^emb\.", "symbol."), (r"^pos\.", "place."), (r"^inp\.", "in."), (r"^pe\.", "patch."),
    (r"^enc\.(\d)", r"encoder.layers.\1"), (r"^dec\.(\d)", r"decoder.layers.\1"), (r"^enc\.", "encoder."), (r"^bl\.", "layers."),
    (r"^n\.", "norm."), (r"^hd\.", "head."), (r"\.n(\d)\.", r".norm\1."), (r"\.f1\.", ".feed.up."), (r"\.f2\.", ".feed.down."),
    (r"\bat\.qkv\.", "attend.in_proj_"), (r"\bat\.o\.", "attend.out_proj."), (r"\bca\.q\.", "cross.query."), (r"\bca\.o\.", "cross.out_proj."),
    (r"^at\.wq\.", "attend.query."), (r"^at\.wk\.", "attend.key."), (r"^at\.v\.weight", "attend.w")]]


def renamed(name, x):
    """The tensor's names in the file: one, or two of packed keys and values."""
    packed = re.match(r"(.*)\bca\.kv\.(\w+)$", name)
    if packed:
        key, value = x.chunk(2)
        return [*renamed(f"{packed[1]}cross.key.{packed[2]}", key), *renamed(f"{packed[1]}cross.value.{packed[2]}", value)]
    if name == "at.v.weight":  # one row of a linear layer
        x = x.squeeze(0)
    for pattern, to in RENAMES:
        name = pattern.sub(to, name)
    return [("model." + name, x)]


def write(path, tensors, metadata):
    dtypes = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, x in sorted(tensors, key=lambda named: -named[1].element_size()):  # aligned
        raw = x.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": dtypes[x.dtype], "shape": list(x.shape), "data_offsets": [end, end + len(raw)]}
        parts.append(raw)
        end += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def export(folder, name, model, loss_fn, args):
    tensors = [pair for named in model.named_parameters() for pair in renamed(named[0], named[1].detach().clone())]
    tensors += [(f"batch.{i}", x) for i, x in enumerate(args)]
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        optimiser.zero_grad(set_to_none=True)
        loss = loss_fn(*args)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    path = folder / f"{name.replace('/', '_')}.safetensors"
    write(path, [*tensors, ("losses", torch.tensor(losses, dtype=torch.float64))], {"workload": name, "torch": torch.__version__})
    print(path, *(f"{loss:.6f}" for loss in losses))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--yardstick", required=True)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--only", nargs="+", default=NAMES, choices=NAMES)
    a = arguments.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    if len(a.only) > 1:  # a process each: PyTorch's thread count can be set only once
        for name in a.only:
            subprocess.run([sys.executable, __file__, "--yardstick", a.yardstick, "--out", a.out, "--only", name], check=True)
        return
    spec = importlib.util.spec_from_file_location("yardstick", a.yardstick)
    yardstick = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(yardstick)

    def watch(frame, event, _):
        """The yardstick's models live inside its worker(): they are seen where it hands them to run_model()."""
        if event == "call" and frame.f_code.co_name == "run_model" and frame.f_globals is vars(yardstick):
            given = frame.f_locals
            export(a.out, given["name"], given["model"], given["loss_fn"], given["args"])

    sys.setprofile(watch)
    yardstick.worker(argparse.Namespace(only=a.only[0], threads=1, mode="eager", alloc="default", floor=False, json="", lock="", phase="none",
                                        match="", optim="fused", profile=False, budget=0, min_reps=1))  # phase "none": nothing is timed
    sys.setprofile(None)


if __name__ == "__main__":
    main()
