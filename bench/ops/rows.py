"""PyTorch's side of each row that heed-bench-ops has: its fastest way of saying the same, as a function of the row's operands.

An operand or a result that heed has in another order of axes is named in the row: `Row(call, layouts, result)`, where layouts
are those of the operands. What a layout costs is no part of a row's time.
"""
import math
from typing import NamedTuple

import torch
import torch.nn.functional as F


class Layout(NamedTuple):
    there: object  # from heed's order of axes
    back: object


class Row(NamedTuple):
    call: object
    layouts: tuple = ()  # of the first operands; the others stay as they are
    result: Layout = None


# heed has channels last. PyTorch is fastest with images whose memory has them last, and with sequences that have them first.
image = Layout(lambda x: x.movedim(-1, 1), lambda x: x.movedim(1, -1))
sequence = Layout(lambda x: x.movedim(-1, 1).contiguous(), lambda x: x.movedim(1, -1))
taps = Layout(lambda w: w.permute(2, 1, 0).contiguous(), lambda w: w.permute(2, 1, 0))  # (k, in, out) to (out, in, k)
kernel = Layout(lambda w: w.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last), lambda w: w.permute(2, 3, 1, 0))
matrix = Layout(lambda w: w.mT.contiguous(), lambda w: w.mT)  # linear's: (in, out) to (out, in)


def corners(boxes):
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([centre - half, centre + half], -1)


def centres(boxes):
    low, high = boxes[..., :2], boxes[..., 2:]
    return torch.cat([(low + high) / 2, high - low], -1)


def overlap(a, b, generalized):
    """Of boxes by their centres: the area of both over the area of either; generalized: minus the share of the box around both."""
    a, b = corners(a), corners(b)
    area = lambda low, high: (high - low).clamp(min=0).prod(-1)
    shared = area(torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:]))
    covered = area(a[..., :2], a[..., 2:]) + area(b[..., :2], b[..., 2:]) - shared
    if not generalized:
        return shared / covered
    around = area(torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:]))
    return shared / covered - (around - covered) / around


def reductions(name, call):
    """The three rows of a reduction: call(x, axes), with axes None for all of them."""
    return {f"{name}/rows": lambda x: call(x, -1), f"{name}/columns": lambda x: call(x, 0), f"{name}/all": lambda x: call(x, None)}


def extreme(name, call):
    return reductions(name, lambda x, axis: call(x) if axis is None else call(x, axis)[0])


def halves(x, gate):
    a, b = x.chunk(2, -1)
    return gate(a) * b


def of_segments(x, ids, n, how):
    return x.new_zeros(n, x.shape[1]).scatter_reduce(0, ids[:, None].expand_as(x), x, how, include_self=False)


def segment_softmax(x, ids, n):
    highest = of_segments(x.detach(), ids, n, "amax")
    e = (x - highest.index_select(0, ids)).exp()
    return e / x.new_zeros(n, x.shape[1]).index_add(0, ids, e).index_select(0, ids)


def focal_loss(x, labels, gamma=2):
    each = F.cross_entropy(x, labels, reduction="none")
    return ((-torch.expm1(-each)) ** gamma * each).mean()


def sigmoid_focal_loss(x, t, alpha=0.25, gamma=2):
    p = torch.sigmoid(x)
    wrong = p + t - 2 * p * t
    return ((alpha * t + (1 - alpha) * (1 - t)) * wrong ** gamma * F.binary_cross_entropy_with_logits(x, t, reduction="none")).mean()


def ctc_loss(x, letters):
    times, lengths = torch.full((len(x),), x.shape[1]), torch.full((len(x),), letters.shape[1])
    return F.ctc_loss(torch.log_softmax(x, -1).transpose(0, 1), letters + 1, times, lengths)


def linear_attention(q, k, v):
    q, k = F.elu(q) + 1, F.elu(k) + 1
    return (q @ (k.mT @ v)) / (q @ k.sum(-2, keepdim=True).mT)


def rotary(x, heads):
    b, t, width = x.shape
    d = width // heads
    angles = torch.arange(t)[:, None] * 10000.0 ** (-torch.arange(0, d, 2) / d)
    turned = torch.view_as_complex(x.view(b, t, heads, d // 2, 2)) * torch.polar(torch.ones_like(angles), angles)[:, None]
    return torch.view_as_real(turned).reshape(x.shape)


def masked(x):
    return x.masked_fill(torch.ones(x.shape[-2:], dtype=torch.bool).triu(1), -math.inf)


def double_size(x, mode):
    return F.interpolate(x, scale_factor=2, mode=mode)


ROWS = {
    "add": torch.add, "add/row": torch.add, "add/column": torch.add, "subtract": torch.sub, "multiply": torch.mul,
    "multiply/number": lambda x: x * 1.5, "multiply/row": torch.mul, "multiply/column": torch.mul, "divide": torch.div,
    "negate": torch.neg, "pow": torch.pow, "pow/cube": lambda x: x ** 3, "maximum": torch.maximum, "minimum": torch.minimum,
    "less": torch.lt, "less_equal": torch.le, "greater": torch.gt, "greater_equal": torch.ge, "equal": torch.eq, "not_equal": torch.ne,
    "logical_and": torch.logical_and, "logical_or": torch.logical_or, "logical_not": torch.logical_not, "isnan": torch.isnan,
    "isfinite": torch.isfinite, "where": lambda c, a, b: torch.where(c > 0, a, b),

    "abs": torch.abs, "sign": torch.sign, "exp": torch.exp, "exp2": torch.exp2, "expm1": torch.expm1, "log": torch.log,
    "log2": torch.log2, "log1p": torch.log1p, "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "square": torch.square, "erf": torch.erf,
    "clamp": lambda x: x.clamp(-1, 1), "round": torch.round, "floor": torch.floor, "ceil": torch.ceil, "trunc": torch.trunc,
    "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "asin": torch.asin, "acos": torch.acos, "atan": torch.atan,
    "atan2": torch.atan2, "sinh": torch.sinh, "cosh": torch.cosh,

    "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu, "leaky_relu": F.leaky_relu, "elu": F.elu, "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu, "softplus": F.softplus, "log_sigmoid": F.logsigmoid,
    "mish": F.mish, "hardsigmoid": F.hardsigmoid, "hardswish": F.hardswish, "glu": F.glu,
    "swiglu": lambda x: halves(x, F.silu), "geglu": lambda x: halves(x, F.gelu),
    "geglu_tanh": lambda x: halves(x, lambda a: F.gelu(a, approximate="tanh")), "dropout": lambda x: F.dropout(x, 0.1, True),

    **reductions("sum", lambda x, axis: x.sum(axis)), **reductions("mean", lambda x, axis: x.mean(axis)),
    **reductions("variance", lambda x, axis: x.var(axis, correction=0)), **reductions("stddev", lambda x, axis: x.std(axis, correction=0)),
    **reductions("norm", lambda x, axis: torch.linalg.vector_norm(x, 2, axis)), **extreme("max", torch.max), **extreme("min", torch.min),
    **reductions("logsumexp", lambda x, axis: torch.logsumexp(x, (0, 1) if axis is None else axis)),
    **reductions("any", lambda x, axis: x.any() if axis is None else x.any(axis)),
    **reductions("all", lambda x, axis: x.all() if axis is None else x.all(axis)),
    "prod/rows": lambda x: x.prod(-1), "prod/columns": lambda x: x.prod(0), "cumsum/rows": lambda x: x.cumsum(-1),
    "cumsum/columns": lambda x: x.cumsum(0), "cumprod/rows": lambda x: x.cumprod(-1), "cumprod/columns": lambda x: x.cumprod(0),
    "argmax/rows": lambda x: x.argmax(-1), "argmax/columns": lambda x: x.argmax(0), "argmin/rows": lambda x: x.argmin(-1),
    "topk/rows": lambda x: torch.topk(x, 10), "sort/rows": lambda x: torch.sort(x, stable=True),
    "sort/columns": lambda x: torch.sort(x, dim=0, stable=True), "argsort/rows": lambda x: torch.argsort(x, stable=True),
    "cosine_similarity": lambda a, b: F.cosine_similarity(a, b, -1), "softmax/rows": lambda x: torch.softmax(x, -1),
    "softmax/columns": lambda x: torch.softmax(x, 0), "log_softmax/rows": lambda x: torch.log_softmax(x, -1),
    "log_softmax/columns": lambda x: torch.log_softmax(x, 0),

    "reshape": lambda x: x.reshape(-1), "permute/heads": lambda x: x.permute(0, 2, 1, 3).contiguous(),
    "permute/reversed": lambda x: x.permute(3, 2, 1, 0).contiguous(), "transpose": lambda x: x.mT.contiguous(),
    "expand": lambda x, like: x.expand(like.shape).contiguous(), "squeeze": torch.squeeze, "unsqueeze": lambda x: x.unsqueeze(1),
    "slice/rows": lambda x: x[1:-1], "slice/columns": lambda x: x[:, 1:-1].contiguous(), "slice/step": lambda x: x[:, ::2].contiguous(),
    "pick/row": lambda x: x[3], "pick/column": lambda x: x[:, 3].contiguous(), "flip/rows": lambda x: x.flip(0),
    "flip/columns": lambda x: x.flip(1), "roll/rows": lambda x: x.roll(3, 0), "roll/columns": lambda x: x.roll(3, 1),
    "concat/rows": lambda a, b: torch.cat([a, b], 0), "concat/columns": lambda a, b: torch.cat([a, b], 1),
    "stack/first": lambda a, b: torch.stack([a, b], 0), "stack/last": lambda a, b: torch.stack([a, b], -1),
    "split": lambda x: [p.contiguous() for p in x.split([x.shape[1] // 4, x.shape[1] - x.shape[1] // 4], 1)],
    "pad": lambda x: F.pad(x, (2, 2, 1, 1)), "repeat/rows": lambda x: x.repeat(2, 1), "repeat/columns": lambda x: x.repeat(1, 2),
    "repeat_interleave/rows": lambda x: x.repeat_interleave(2, 0), "repeat_interleave/columns": lambda x: x.repeat_interleave(2, 1),
    "tril": torch.tril, "triu": torch.triu, "diag/of a matrix": lambda x: torch.diag(x).contiguous(), "diag/of a vector": torch.diag,

    "zeros": torch.zeros, "ones": torch.ones, "full": lambda n: torch.full((n,), 1.5), "eye": torch.eye,
    "linspace": lambda n: torch.linspace(-1, 1, n), "arange": torch.arange, "randn": torch.randn, "uniform": torch.rand,
    "randint": lambda n: torch.randint(0, 1000, (n,)), "permutation": torch.randperm,

    "take_rows": lambda table, ids: F.embedding(ids, table), "embedding_bag": lambda table, ids, offsets: F.embedding_bag(ids, table, offsets),
    "embedding_bag/weights": lambda table, weights, ids, offsets: F.embedding_bag(ids, table, offsets, mode="sum", per_sample_weights=weights),
    "take": lambda x, ids: x.index_select(1, ids),
    "gather": lambda x, ids: x.gather(1, ids), "scatter": lambda x, s, ids: x.scatter(1, ids, s),
    "scatter_add": lambda x, s, ids: x.scatter_add(1, ids, s), "one_hot": lambda ids, n: F.one_hot(ids, n).float(),
    "segment_sum": lambda x, ids, n: x.new_zeros(n, x.shape[1]).index_add(0, ids, x),
    "segment_mean": lambda x, ids, n: of_segments(x, ids, n, "mean"), "segment_max": lambda x, ids, n: of_segments(x, ids, n, "amax"),
    "segment_softmax": segment_softmax,

    "matmul": torch.matmul, "matmul/batch": torch.matmul, "linear": Row(F.linear, (None, matrix)),
    "einsum/heads": lambda q, k: q @ k.mT, "conv1d": Row(lambda x, w: F.conv1d(x, w, padding=1), (sequence, taps), sequence),
    "conv2d": Row(lambda x, w, b: F.conv2d(x, w, b, padding=1), (image, kernel), image),
    "conv2d/stride": Row(lambda x, w: F.conv2d(x, w, stride=2, padding=1), (image, kernel), image),
    "conv2d/depthwise": Row(lambda x, w: F.conv2d(x, w, padding=1, groups=x.shape[1]), (image, kernel), image),
    "conv_transpose1d": Row(lambda x, w: F.conv_transpose1d(x, w, stride=2, padding=1), (sequence, taps), sequence),
    "conv_transpose2d": Row(lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1), (image, kernel), image),
    "max_pool1d": Row(lambda x: F.max_pool1d(x, 2), (sequence,), sequence), "max_pool2d": Row(lambda x: F.max_pool2d(x, 2), (image,), image),
    "max_pool2d/overlapping": Row(lambda x: F.max_pool2d(x, 3, 2, 1), (image,), image),
    "avg_pool1d": Row(lambda x: F.avg_pool1d(x, 2), (sequence,), sequence), "avg_pool2d": Row(lambda x: F.avg_pool2d(x, 2), (image,), image),
    "interpolate/linear": Row(lambda x: double_size(x, "bilinear"), (image,), image),
    "interpolate/nearest": Row(lambda x: double_size(x, "nearest"), (image,), image),

    "layer_norm": lambda x, g, b: F.layer_norm(x, g.shape, g, b), "rms_norm": lambda x, g: F.rms_norm(x, g.shape, g, 1e-6),
    "group_norm": Row(lambda x, g, b: F.group_norm(x, 4, g, b), (image,), image),
    "batch_norm": Row(lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True), (image,), image),
    "box_iou": lambda a, b: overlap(a, b, False), "generalized_box_iou": lambda a, b: overlap(a, b, True),
    "box_corners": corners, "box_centres": centres,
    "attention": F.scaled_dot_product_attention,
    "attention/causal": lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    "attention_weights": lambda q, k: torch.softmax(q @ k.mT * q.shape[-1] ** -0.5, -1), "linear_attention": linear_attention,
    "masked": masked, "rotary": lambda x: rotary(x, 4),
    "additive_score": lambda q, k, w: torch.tanh(q[:, :, None] + k[:, None]) @ w,
    "gru_cell": Row(lambda x, h, w, u, b, c: torch.gru_cell(x, h, w, u, b, c), (None, None, matrix, matrix)),
    "lstm_cell": Row(lambda x, h, c, w, u, b, d: torch.lstm_cell(x, (h, c), w, u, b, d), (None, None, None, matrix, matrix)),

    "cross_entropy": F.cross_entropy, "cross_entropy/smoothing": lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1),
    "cross_entropy/probabilities": F.cross_entropy, "nll_loss": F.nll_loss, "focal_loss": focal_loss,
    "linear_cross_entropy": lambda x, w, y: F.cross_entropy(x @ w.mT, y), "mse_loss": F.mse_loss, "l1_loss": F.l1_loss,
    "huber_loss": F.huber_loss, "bce_with_logits": F.binary_cross_entropy_with_logits, "bce_loss": F.binary_cross_entropy,
    "sigmoid_focal_loss": sigmoid_focal_loss, "kl_divergence": lambda x, t: F.kl_div(x, t, reduction="batchmean"), "ctc_loss": ctc_loss,
}
RANDOM = {"dropout", "randn", "uniform", "randint", "permutation"}  # no two libraries draw the same numbers: moments are compared
