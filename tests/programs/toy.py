"""Small data sets made up for the trainers, and what their runs leave behind."""
import hashlib
import json
import math
import pathlib
import random
import struct
import wave


def tasks(program):
    """Those of a program that has several; else one without a name."""
    return {"answer": ["sql", "stories", "cloze"], "paint": ["flow", "density"]}.get(pathlib.Path(program).name, [""])


def train_command(program, task=None):
    """The program and its words for training; of a program with several tasks the first one's where none is named."""
    task = task or tasks(program)[0]
    return [program, *([task] if task else []), "train"]


def tone(hertz, samples):
    return [int(9000 * math.sin(2 * math.pi * hertz * i / 8000)) for i in range(samples)]


def write_wav(path, samples):
    with wave.open(str(path), "wb") as clip:
        clip.setnchannels(1), clip.setsampwidth(2), clip.setframerate(8000)
        clip.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def write_stories(folder, rng):
    """Questions of one task have one supporting fact, and those of the other have two."""
    folder.mkdir()
    people, places = ["ann", "bob", "cid", "dot"], ["attic", "barn", "cave"]
    for task in 1, 2:
        with open(folder / f"qa{task}_where.txt", "w") as file:
            for _ in range(40):
                some = rng.sample(people, 3)
                of = {who: rng.choice(places) for who in some}
                for i, who in enumerate(some, 1):
                    file.write(f"{i} {who} is in the {of[who]}.\n")
                for i in range(4, 4 + rng.randint(1, 3)):
                    fact = rng.randint(1, 3)
                    file.write(f"{i} where is {some[fact - 1]}?\t{of[some[fact - 1]]}\t{' '.join(str(f) for f in [fact, 1][:task])}\n")


def train_options(program, folder, seed=1, task=None):
    """Makes data for the trainer in `folder`; the flags of `train` for it, in which a step takes about a millisecond."""
    name, rng, data = pathlib.Path(program).name, random.Random(seed), folder / "data"
    words = sorted({"".join(rng.choice("abdegiklmnopst") for _ in range(rng.randint(2, 7))) for _ in range(800)})
    if name == "charlm":
        data.write_text(" ".join(rng.choice(words) for _ in range(2000)))
        flags = ["--width", "16", "--heads", "2", "--layers", "1", "--block", "16", "--batch", "8", "--accumulate", "2", "--on-nan", "rollback"]
    elif name == "pronounce":
        data.write_text("".join(f"{w} {' '.join(c.upper() * 2 for c in w)}\n" for w in words))
        flags = ["--width", "16", "--embedding", "8", "--batch", "16"]
    elif name == "translate":
        lines = [" ".join(rng.choice(words) for _ in range(rng.randint(1, 9))) for _ in range(1000)]
        source, target = folder / "source", folder / "target"
        source.write_text("".join(line + "\n" for line in lines))
        target.write_text("".join(line[::-1] + "\n" for line in lines))
        model = ["--width", "32", "--heads", "2", "--layers", "1", "--hidden", "32", "--vocabulary", "400", "--tokens", "200"]
        return ["--source", str(source), "--target", str(target), *model]
    elif name == "summarise":
        lines = [[rng.choice(words) for _ in range(rng.randint(3, 12))] for _ in range(1000)]
        source, target = folder / "source", folder / "target"
        source.write_text("".join(" ".join(line) + "\n" for line in lines))
        target.write_text("".join(" ".join(line[1:3]) + "\n" for line in lines))
        model = ["--width", "32", "--heads", "2", "--layers", "1", "--hidden", "32", "--vocabulary", "400", "--tokens", "200"]
        return ["--source", str(source), "--target", str(target), *model]
    elif name in ("patches", "detect", "paint"):
        data.mkdir()
        n, size = 240, 8
        labels = bytes(rng.randrange(10) for _ in range(n))
        images = bytes(min(255, 25 * label + rng.randrange(40)) for label in labels for _ in range(size * size))
        (data / "train-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, n, size, size) + images)
        (data / "train-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, n) + labels)
        flags = ["--dim", "16", "--layers", "1", "--heads", "2", "--hidden", "16"]
        flags += ["--dev", "40", "--batch", "16"] if name != "detect" else ["--scenes", "40", "--decoder-layers", "1", "--queries", "8", "--batch", "2"]
    elif name == "frames":
        (data / "recordings").mkdir(parents=True)
        for digit in range(10):
            for index in range(3):
                write_wav(data / "recordings" / f"{digit}_low_{index}.wav", tone(300 * 1.25**digit, 1600 + 100 * index))
        flags = ["--dev-index", "2", "--mel-bands", "8", "--dim", "16", "--layers", "1", "--heads", "2", "--hidden", "16", "--batch", "8"]
    elif task == "stories":
        write_stories(data, rng)
        flags = ["--width", "16", "--heads", "2", "--layers", "2", "--batch", "16", "--support", "1"]
    elif task == "cloze":
        names = ["Ada", "Bob", "Cid"]
        lines = [[rng.choice(names) if rng.random() < 0.4 else rng.choice(words[:40]) for _ in range(9)] + names for _ in range(300)]
        data.write_text("".join(f"{' '.join(line)}\t@ {line[0]} {line[4]}\t{rng.choice(names)}\t{' '.join(names)}\n" for line in lines))
        flags = ["--embedding", "8", "--width", "16", "--batch", "16"]
    elif name == "answer":
        data.write_text("".join(f'how {rng.choice(["big", "high"])} is n0\tSELECT A FROM T WHERE N = "n0" ;\t{{"n0": "{rng.choice(words)}"}}\n'
                                for _ in range(300)))
        flags = ["--embedding", "8", "--width", "16", "--batch", "16"]
    elif name == "speak":
        data.mkdir()
        prompts = folder / "prompts.txt"
        texts = ["".join(rng.choice("abcd") for _ in range(rng.randint(2, 5))) for _ in range(40)]
        prompts.write_text("".join(f"{i}: {text}\n" for i, text in enumerate(texts)))
        for i, text in enumerate(texts):
            write_wav(data / f"{i}.wav", [0] * 400 + [x for c in text for x in tone(300 * 1.5 ** "abcd".index(c), 600)] + [0] * 400)
        model = ["--mel-bands", "16", "--dim", "8", "--layers", "1", "--heads", "2", "--hidden", "8", "--blocks", "1"]
        return ["--data", str(data), "--transcript", str(prompts), "--batch", "8", "--eval-examples", "1", *model]
    else:
        raise SystemExit(f"no toy data for {name}")
    return ["--data", str(data), *flags]


def checkpoint(path):
    """A checkpoint's step, and the sha256 of its tensors: weights, moments, averages. Its notes hold times, which differ."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    notes = json.loads(content[8 : 8 + length])["__metadata__"]
    return int(notes["step"]), hashlib.sha256(content[8 + length :]).hexdigest()


def floats(path, prefix):
    """The tensors of a checkpoint that hold floats and whose names begin so."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    found = {}
    for name, tensor in json.loads(content[8 : 8 + length]).items():
        if name.startswith(prefix) and tensor["dtype"] == "F32":
            begin, end = tensor["data_offsets"]
            if end > begin:
                found[name] = struct.unpack(f"<{(end - begin) // 4}f", content[8 + length + begin : 8 + length + end])
    return found
