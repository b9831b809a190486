#!/usr/bin/env python3
"""Does docs/use/torch_names.md tell the truth? Usage: tools/check_torch_names.py [--torch]

Its tables say what each function and class of PyTorch is called in heed, or which calls make it. Every name of heed in them has
to be in a public header, and a cell that begins with calls has to begin with the line that tests/both/reference/test_reference_calls.cpp
compares with PyTorch's results, where all lines have a row. --torch, with PyTorch 2.13, also asks that every public name of
torch.nn, torch.nn.functional, torch.optim, its lr_scheduler, torch.linalg and the functions of torch has a row, and that there
are no others. Prints one line for each difference; exit status 1 if there are any."""
import inspect
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/use/torch_names.md"
TEST = ROOT / "tests/both/reference/test_reference_calls.cpp"
ROW = re.compile(r"^\| ((?:`[\w.]+` )+)\| (.*) \|$", re.M)
NAME = re.compile(r"\.?(?:\w+::)*([A-Za-z]\w*)(?:\(\))?")
WORDS = {"x", "map", "vector"}  # what a cell may name beside heed's own: an operand, the standard library's
CALLS = re.compile(r'^    calls\("([\w.]+)", \[\]\(.*?\) \{\s+return (.*); \}\),$', re.M)

# Names of torch itself that no model's author writes.
INTERNAL = re.compile(
    r"|".join([
        r".*_copy", r"_.*", r".*_",  # of the compiler's; in place, which heed's values are never changed
        r"(cudnn|miopen|mkldnn|fbgemm|quantize|quantized|fake_quantize|dequantize|fused|native|q|int_repr|choose_qparams|empty_quantized)(_.*)?",
        r"(is|autocast|get_autocast|set_autocast|sym|unsafe|parse|import|batch_norm|grid_sampler|affine_grid|sparse)_.*", "grid_sampler", "clear_autocast_cache",
        r"(adaptive_max_pool1d|norm_except_dim|nuclear_norm|renorm|hash_tensor|from_file|fork|wait|init_num_threads|slice_inverse|fill)",
        r"(merge_type_from_type_comment|unify_type_list|typename|classproperty|compiled_with_cxx11_abi|thread_safe_generator|get_file_path)",
        r"(set|get)_(default_device|default_tensor_type|deterministic_debug_mode|warn_always|flush_denormal|device|device_module)",
        r"(prepare_multiprocessing_environment|profiler_.*|eig|lstsq|matrix_rank|solve|symeig)",  # the last five raise an error
    ]))
OF_FUNCTIONAL = re.compile(r".*_|assert_int_or_pair|boolean_dispatch|handle_torch_function|has_torch_function.*")


def names_of_torch():
    """Every public name that the page has to have, and those that it may have beside them."""
    import torch
    if not torch.__version__.startswith("2.13."):
        sys.exit(f"check_torch_names: PyTorch is {torch.__version__}; expected 2.13, whose names the page holds")
    public = lambda module: [name for name in dir(module) if not name.startswith("_")]
    is_class = lambda module, name: inspect.isclass(getattr(module, name))
    functional = Path(torch.nn.functional.__file__).read_text()
    wanted = {f"F.{n}" for n in public(torch.nn.functional) if callable(getattr(torch.nn.functional, n)) and not OF_FUNCTIONAL.fullmatch(n)
              and not is_class(torch.nn.functional, n) and re.search(rf"\b{n}\b", functional) and n != "Optional"}
    wanted |= {f"nn.{n}" for n in public(torch.nn)}
    wanted |= {f"optim.{n}" for n in public(torch.optim) if is_class(torch.optim, n)}
    wanted |= {f"lr_scheduler.{n}" for n in torch.optim.lr_scheduler.__all__}
    wanted |= {f"linalg.{n}" for n in public(torch.linalg) if callable(getattr(torch.linalg, n)) and not is_class(torch.linalg, n)}
    functions = {f"torch.{n}" for n in public(torch) if callable(getattr(torch, n)) and not is_class(torch, n)}
    allowed = {f"torch.{n}" for n in public(torch)} | {"optim.lr_scheduler", "optim.swa_utils"}
    return wanted | {n for n in functions if not INTERNAL.fullmatch(n.removeprefix("torch."))}, wanted | allowed


def public_words():
    headers = [path for room in ("core", "ops", "nn") for path in (ROOT / room).rglob("*.hpp")]
    texts = [path.read_text(encoding="utf-8") for path in headers]
    texts = [re.sub(r"//[^\n]*", "", text) for text in texts if "\n// Private to heed; not installed.\n" not in text]
    return set(re.findall(r"\w+", "\n".join(texts)))


def main():
    page, tested = PAGE.read_text(encoding="utf-8"), TEST.read_text(encoding="utf-8")
    calls, words, rows, findings = dict(CALLS.findall(tested)), public_words(), {}, []
    for match in ROW.finditer(page):
        names, cell = re.findall(r"`([\w.]+)`", match[1]), match[2].replace("\\|", "|")
        line = page.count("\n", 0, match.start()) + 1
        for name in names:
            if name in rows:
                findings.append(f"line {line}: {name} has a row already")
            rows[name] = cell
        spans = re.findall(r"`([^`]+)`", cell)
        if cell.startswith("the same names"):
            spans += [name.rpartition(".")[2] for name in names]
        for span in spans:
            name = NAME.fullmatch(span)
            if name and name[1] not in words | WORDS:
                findings.append(f"line {line}: no public header has '{name[1]}'")
        if re.match(r"`[^`]*\w[^`]*[(*/+<>-]", cell) and not NAME.fullmatch(spans[0]) and spans[0] not in tested:
            findings.append(f"line {line}: '{spans[0]}' is not in {TEST.name}")
    if len(rows) < 500:
        findings.append(f"{len(rows)} names are in its tables; expected at least 500")
    for name, call in calls.items():
        if not rows.get(name, "").startswith(f"`{call}`"):
            findings.append(f"the cell of {name} does not begin with '{call}', which {TEST.name} tests")
    if not calls or len(calls) != tested.count("    calls("):
        findings.append(f"{TEST.name}: {len(calls)} of {tested.count('    calls(')} lines were understood")
    if "--torch" in sys.argv[1:]:
        wanted, allowed = names_of_torch()
        findings += [f"{name} has no row" for name in sorted(wanted - rows.keys())]
        findings += [f"{name} is no name of PyTorch" for name in sorted(rows.keys() - allowed)]
    for finding in findings:
        print(f"{PAGE.relative_to(ROOT)}: {finding}")
    print(f"names of PyTorch: {len(rows)}, {len(calls)} of them by calls that are tested; {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
