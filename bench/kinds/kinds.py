"""PyTorch's side of the kinds of work, as rows.py has that of single ops: each by PyTorch's fastest way of saying it.

A mask is what is added to the scores, made before the clock starts: PyTorch would make a boolean one to that in every call.
"""
import torch
import torch.nn.functional as F

from rows import Layout, Row, image, kernel, matrix


def added(keep):
    return torch.zeros(keep.shape).masked_fill_(~keep, float("-inf"))


def in_blocks(drawn):
    first = (drawn[..., ::64, ::64] < 0.5) | torch.eye(drawn.shape[-1] // 64, dtype=torch.bool)
    return first.repeat_interleave(64, -1).repeat_interleave(64, -2)


def documents(batch, length):
    ids = torch.empty(batch, length)
    for b in range(batch):
        number = left = 0
        for t in range(length):
            if left == 0:
                number += 1
                left = 20 + (37 * b + 53 * number) % 71
            ids[b, t] = number
            left -= 1
    return (ids[:, :, None] == ids[:, None])[:, None]


def grows_apart(heads, length):
    h, i, j = torch.arange(heads)[:, None, None], torch.arange(length)[:, None], torch.arange(length)
    return (j <= i) & (torch.remainder(i - j, h + 2) != 1)


def attention(q, k, v, mask=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


def kept(mask):
    return Row(attention, (None, None, None, Layout(lambda drawn: added(mask(drawn)), None)))


def prepared(make):
    """Attention under a mask of the sizes alone, made once."""
    made = {}

    def call(q, k, v):
        if q.shape not in made:
            made[q.shape] = added(make(q))
        return attention(q, k, v, made[q.shape])

    return Row(call)


def classifier_loss(x, *rest):
    *p, classes = rest
    h = x
    for n in range(0, 12, 4):
        h = F.max_pool2d(F.relu(F.group_norm(F.conv2d(h, p[n], p[n + 1], padding=1), 4, p[n + 2], p[n + 3])), 2)
    return F.cross_entropy(F.linear(h.mean((2, 3)), p[12], p[13]), classes)


def twice(h, p):
    for n in (0, 2):
        h = F.relu(F.conv2d(h, p[n], p[n + 1], padding=1))
    return h


def unet_loss(x, *rest):
    *p, target = rest
    upper = twice(x, p)
    lower = twice(F.max_pool2d(upper, 2), p[4:])
    joined = torch.cat([upper, F.interpolate(lower, upper.shape[2:], mode="nearest")], 1)
    return F.mse_loss(F.conv2d(twice(joined, p[8:]), p[12][:, :, None, None], p[13]), target)


def language_model_loss(run):
    """Of characters, by two layers from given states; run(x, states, weights) gives the outputs of the second."""
    def call(table, *rest):
        *p, out, bias, first, cells, ids, targets = rest
        y = run(F.embedding(ids, table), (first, cells), p)
        return F.cross_entropy(F.linear(y, out, bias).flatten(0, 1), targets.flatten())

    return Row(call, (None, *[matrix, matrix, None, None] * 2, matrix))


def gru(x, states, weights):
    return torch.gru(x, states[0], weights, True, 2, 0.0, True, False, True)[0]


def lstm(x, states, weights):
    return torch.lstm(x, states, weights, True, 2, 0.0, True, False, True)[0]


def bags_loss(table, weights, projection, target, ids, offsets):
    bags = F.embedding_bag(ids, table, offsets, mode="sum", per_sample_weights=weights)
    return F.binary_cross_entropy_with_logits(bags @ projection, target)


half = kept(lambda drawn: drawn < 0.5)
KINDS = {
    "attention/no mask": attention, "attention/keep": half, "attention/keep, odd sizes": half, "attention/keep in blocks": kept(in_blocks),
    "attention/documents": prepared(lambda q: documents(q.shape[0], q.shape[2])),
    "attention/predicate": prepared(lambda q: grows_apart(q.shape[1], q.shape[2])),
    "convolutions/classifier": Row(classifier_loss, (image, *[kernel, None, None, None] * 3, matrix)),
    "recurrent/GRU": language_model_loss(gru), "recurrent/LSTM": language_model_loss(lstm),
    "convolutions/U-Net": Row(unet_loss, (image, *[kernel, None] * 6, matrix, None, image)),
    "embeddings/weighted bags": bags_loss,
}
