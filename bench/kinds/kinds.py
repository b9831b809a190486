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


def bags_loss(sparse):
    def call(table, weights, projection, target, ids, offsets):
        bags = F.embedding_bag(ids, table, offsets, mode="sum", per_sample_weights=weights, sparse=sparse)
        return F.binary_cross_entropy_with_logits(bags @ projection, target)

    return call


def in_heads(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def attend_in_heads(q, k, v, heads):
    return attention(in_heads(q, heads), in_heads(k, heads), in_heads(v, heads)).transpose(1, 2).flatten(2)


def layer(x, p, attend):
    """Of a Transformer: attention of a norm's result, and two linear layers of another's, each added to what it was given."""
    h = F.layer_norm(x, x.shape[-1:], p[0], p[1])
    x = x + F.linear(attend(F.linear(h, p[2], p[3]), F.linear(h, p[4], p[5]), F.linear(h, p[6], p[7])), p[8], p[9])
    h = F.layer_norm(x, x.shape[-1:], p[10], p[11])
    return x + F.linear(F.gelu(F.linear(h, p[12], p[13])), p[14], p[15])


def encoder_layer(x, *p):
    return layer(x, p, lambda q, k, v: attend_in_heads(q, k, v, 8))


def token():
    """A decoder's next one: its key and value are written behind those of the tokens before, which lie by heads."""
    cache = {}

    def attend(q, k, v):
        cache["keys"][:, :, -1:], cache["values"][:, :, -1:] = in_heads(k, 8), in_heads(v, 8)
        return attention(in_heads(q, 8), cache["keys"], cache["values"]).transpose(1, 2).flatten(2)

    def call(x, *rest):
        *p, keys, values = rest
        if not cache:
            cache.update({name: F.pad(in_heads(past, 8), (0, 0, 0, 1)) for name, past in (("keys", keys), ("values", values))})
        return layer(x, p, attend)

    return Row(call, of_layer)


def perceptron(x, *p):
    for n in (0, 2):
        x = F.gelu(F.linear(x, p[n], p[n + 1]))
    return F.linear(x, p[4], p[5])


def attend_to_memory(x, memory, *p):
    q, k, v = F.linear(x, p[0], p[1]), F.linear(memory, p[2], p[3]), F.linear(memory, p[4], p[5])
    return F.linear(attend_in_heads(q, k, v, 4), p[6], p[7])


def vocabulary_loss(x, weight, bias, ids):
    return F.cross_entropy(F.linear(x, weight, bias).flatten(0, 1), ids.flatten())


of_linear = (matrix, None)
of_layer = (None, None, None, *of_linear * 4, None, None, *of_linear * 2)
with_bias = Row(vocabulary_loss, (None, *of_linear))
half = kept(lambda drawn: drawn < 0.5)
KINDS = {
    "attention/no mask": attention, "attention/keep": half, "attention/keep, odd sizes": half, "attention/keep in blocks": kept(in_blocks),
    "attention/documents": prepared(lambda q: documents(q.shape[0], q.shape[2])),
    "attention/predicate": prepared(lambda q: grows_apart(q.shape[1], q.shape[2])),
    "convolutions/classifier": Row(classifier_loss, (image, *[kernel, None, None, None] * 3, matrix)),
    "recurrent/GRU": language_model_loss(gru), "recurrent/LSTM": language_model_loss(lstm),
    "convolutions/U-Net": Row(unet_loss, (image, *[kernel, None] * 6, matrix, None, image)),
    "embeddings/weighted bags": bags_loss(False), "embeddings/weighted bags, lazy": bags_loss(True),
    "transformer/encoder layer": Row(encoder_layer, of_layer), "latency/encoder layer": Row(encoder_layer, of_layer),
    "latency/token, 16 positions": token(), "latency/token, 1000 positions": token(),
    "mlp/wide": Row(perceptron, (None, *of_linear * 3)), "latency/mlp": Row(perceptron, (None, *of_linear * 3)),
    "attention/long memory": Row(attend_to_memory, (None, None, *of_linear * 4)),
    "attention/long context": lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
    "loss/tied 50257": lambda x, table, ids: vocabulary_loss(x, table, None, ids),
    "loss/vocabulary 10000 with bias": with_bias, "loss/vocabulary 10000 with bias, fused": with_bias,
}
