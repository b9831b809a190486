"""Shows heed's values in gdb. In gdb: source tools/gdb_heed.py, then print x, as for any value.

    Shape        (2, 3)
    Var          'first.weight' (2, 3) float: 0.1, 0.2, ... [gradient: 0.01, ...]
    Array, Ints  (2, 3) float: 0.1, 0.2, ...
"""
import re

import gdb

SHOWN = 8  # elements of an array


def sizes(shape):
    return [int(shape["sizes_"][i]) for i in range(int(shape["rank_"]))]


def shape_text(shape):
    return "(" + ", ".join(map(str, sizes(shape))) + ")"


def elements(storage):
    count, begin = int(storage["size_"]), storage["begin_"]
    try:
        shown = [str(begin[i]) for i in range(min(count, SHOWN))]
    except gdb.MemoryError:
        return "unreadable"
    return ", ".join(shown) + (f", ... ({count})" if count > SHOWN else "")


def storage_of(array):
    return array["storage_"]


def element(storage):
    return storage.type.strip_typedefs().template_argument(0)


class ShapePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return shape_text(self.value)


class ArrayPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        storage = storage_of(self.value)
        return f"{shape_text(self.value['m_shape'])} {element(storage)}: {elements(storage)}"


class VarPrinter:
    """Var, and In, which borrows one."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        node = self.value["node_"]
        if int(node) == 0:
            return "an empty Var"
        node = node.dereference()
        storage = storage_of(node["value"])
        text = f"{shape_text(node['value']['m_shape'])} {element(storage)}: {elements(storage) if int(storage['begin_']) else 'freed'}"
        if int(node["leaf"]) != 0:
            text = f"{node['leaf'].dereference()['name'].format_string()} {text}".replace('"', "'")
        gradient = node["grad"]["chain_"]
        if int(gradient["block_"]) != 0:
            text += f" [gradient: {elements(gradient)}]"
        return text


def printer_for(value):
    name = value.type.strip_typedefs().unqualified().name or ""
    if name == "heed::Shape":
        return ShapePrinter(value)
    if re.fullmatch(r"heed::(Var|In)(\[abi:f(32|64)\])?", name):
        return VarPrinter(value)
    if name.startswith("heed::ArrayOf<"):
        return ArrayPrinter(value)
    return None


gdb.pretty_printers.append(printer_for)
