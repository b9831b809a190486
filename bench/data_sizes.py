#!/usr/bin/env python3
"""Memory of a trainer and time to its first steps, as its data grow: `train --dry-run` on data made up for it, twice for each size, since the first
run prepares them. PROGRAM is charlm, pronounce, translate, frames or patches. Memory is the peak of all that is resident, and of what is no mapped
file: the pages of these are those of the page cache.

  data_sizes.py PROGRAM [--times N...] [--kept]

--times  sizes, in multiples of 1.1 MB of text, 135,000 words, 29,000 pairs, 3,000 clips of half a second, 60,000 images (default: 1 10 100)
--kept   PROGRAM has --prepared, and is to keep prepared data of any size
"""
import argparse
import contextlib
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("program")
arguments.add_argument("--times", type=int, nargs="+", default=[1, 10, 100])
arguments.add_argument("--kept", action="store_true")
a = arguments.parse_args()
name = pathlib.Path(a.program).name
rng = random.Random(1)
letters = "abcdefghijklmnopqrstuvwxyz"
phones = "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY".split()
words = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(100000)]


def make(folder, times):
    """-> the flags of `train`"""
    data = folder / "data"
    if name == "charlm":
        texts = [" ".join(rng.choices(words[:5000], k=250000))[:1115393] + "\n" for _ in range(min(times, 32))]
        with open(data, "w") as file:
            for i in range(times):
                file.write(texts[i % 32])
        return ["--data", str(data)]
    if name == "pronounce":
        with open(data, "w") as file:
            for _ in range(135000 * times):
                word = "".join(rng.choices(letters, k=rng.randint(4, 11)))
                file.write(f"{word} {' '.join(phones[ord(c) - 97] for c in word)}\n")
        return ["--data", str(data)]
    if name == "frames":
        (data / "recordings").mkdir(parents=True)
        noise = rng.randbytes(100000)
        for clip in range(3000 * times):
            samples = noise[(at := 2 * rng.randrange(45000)) : at + 8192]
            header = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 8228, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 8192)
            (data / "recordings" / f"{clip % 10}_voice{clip // 10 % 6}_{clip // 60}.wav").write_bytes(header + samples)
        return ["--data", str(data), "--dev-index", str(45 * times)]
    if name == "patches":
        data.mkdir()
        count, noise = 60000 * times, rng.randbytes(10000000)
        with open(data / "train-images-idx3-ubyte", "wb") as images:
            images.write(struct.pack(">IIII", 0x803, count, 28, 28))
            for _ in range(count // 10000):
                images.write(noise[(at := rng.randrange(2000000)) : at + 7840000])
        (data / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + bytes(i % 10 for i in range(10)) * (count // 10))
        return ["--data", str(data)]
    with open(folder / "source", "w") as source, open(folder / "target", "w") as target:
        for _ in range(29000 * times):
            sentence = " ".join(rng.choices(common, k=rng.randint(6, 12)))
            source.write(sentence + "\n")
            target.write(sentence[::-1] + "\n")
    return ["--source", str(folder / "source"), "--target", str(folder / "target")]


class Watch(threading.Thread):
    """The most memory of a process that is no mapped file, in KB, looked at every 20 ms."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.most = process, 0
        self.start()

    def run(self):
        with contextlib.suppress(OSError):  # it ended
            while found := re.search(r"RssAnon:\s*(\d+)", pathlib.Path(f"/proc/{self.process}/status").read_text()):
                self.most = max(self.most, int(found[1]))
                time.sleep(0.02)


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if name == "translate":
    common = rng.choices(words, [1 / (10 + i) for i in range(len(words))], k=1000000)
for times in a.times:
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        flags = make(folder, times)
        if a.kept:
            flags += ["--prepared", str(folder / "prepared")]
        for run in ("first", "second"):
            started = time.time()
            process = subprocess.Popen([a.program, "train", "--dry-run", "--threads", "1", "--out", str(folder / "run"), *flags],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            watch, begun = Watch(process.pid), None
            for line in process.stderr:  # the line before the first step
                if re.search(r"to train on", line):
                    begun, cpu = time.time() - started, cpu_seconds(process.pid)
            _, status, usage = os.wait4(process.pid, 0)
            if status != 0 or begun is None:
                sys.exit(f"{a.program} failed with {status}")
            watch.join()
            print(f"{name}, {times} times the data, {run} run: {usage.ru_maxrss / 1000:.0f} MB, {watch.most / 1000:.0f} MB without mapped files; "
                  f"{begun:.2f} s before the first step, {cpu:.2f} s of CPU time", flush=True)
