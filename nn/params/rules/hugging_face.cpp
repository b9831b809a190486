// Tables of names: Hugging Face's on the left, heed's on the right.
#include <heed/nn/params/rules/hugging_face.hpp>

namespace heed::nn::rules {
namespace {

const NamePatterns none = {};

// Appends rules of layers that stand below both prefixes, in PyTorch's layout.
class Table {
public:
    Rules rules;
    void add(const std::string& theirs, const NamePatterns& ours, Dim ones = 0) {
        rules.push_back({.theirs = theirs, .ours = ours, .layout = Layout::pytorch, .ones = ones});
    }
    // A Linear or another layer whose parameters have the same names in both.
    void layer(const std::string& theirs, const std::string& ours) { add(theirs + ".*", ours + ".*"); }
    void norm(const std::string& theirs, const std::string& ours) {
        add(theirs + ".weight", ours + ".gain");
        add(theirs + ".bias", ours + ".bias");
    }
    void table(const std::string& theirs, const std::string& ours) { add(theirs + ".weight", ours + ".table"); }
    // Attention's four projections, by the last parts of their names.
    void attention(const std::string& theirs, const std::string& ours, const std::vector<std::string>& names) {
        const char* const parts[] = {".query", ".key", ".value", ".out"};
        for (std::size_t i = 0; i < 4; ++i) layer(theirs + "." + names[i], ours + parts[i]);
    }
    // GPT-2's Conv1D: a linear layer whose weight is (in, out), as heed's.
    void conv1d(const std::string& theirs, const NamePatterns& ours) {
        rules.push_back({.theirs = theirs + ".*", .ours = ours, .layout = Layout::heed});
    }
    // Two linear layers, joined: what is activated, and what it is multiplied by.
    void gated(const std::string& activated, const std::string& factor, const std::string& ours) {
        rules.push_back({.theirs = {activated + ".weight", factor + ".weight"},
                         .ours = ours + ".weight",
                         .layout = Layout::pytorch});
    }
    void ignore(const std::string& theirs) { add(theirs, none); }

    // These rules for names with the prefix, and then for those without.
    Rules with_or_without(const std::string& prefix) const {
        Rules both = prefixed(rules, prefix, "");
        both.insert(both.end(), rules.begin(), rules.end());
        return both;
    }
};

Rules joined(Rules first, const Rules& then) {
    first.insert(first.end(), then.begin(), then.end());
    return first;
}

// One of T5's two stacks. The first rule for `up` is the one that saves.
void t5_stack(Table& t, const std::string& stack, bool gate_first) {
    const std::string block = stack + ".block.{i}.layer.", layer = stack + ".layers.{i}";
    const bool decodes = stack == "decoder";
    const std::vector<std::string> names = {"q", "k", "v", "o"};
    const std::string part = block + (decodes ? "2" : "1"), feed = part + ".DenseReluDense";
    t.attention(block + "0.SelfAttention", layer + ".attend", names);
    t.norm(block + "0.layer_norm", layer + ".norm1");
    if (decodes) {
        t.attention(block + "1.EncDecAttention", layer + ".cross", names);
        t.norm(block + "1.layer_norm", layer + ".norm2");
    }
    if (gate_first) t.gated(feed + ".wi_0", feed + ".wi_1", layer + ".feed.up");
    t.layer(feed + ".wi", layer + ".feed.up");
    if (!gate_first) t.gated(feed + ".wi_0", feed + ".wi_1", layer + ".feed.up");
    t.layer(feed + ".wo", layer + ".feed.down");
    t.norm(part + ".layer_norm", layer + (decodes ? ".norm3" : ".norm2"));
    t.table(stack + ".block.0.layer.0.SelfAttention.relative_attention_bias", stack + ".relative");
    t.norm(stack + ".final_layer_norm", stack + ".norm");
}

void whisper_stack(Table& t, const std::string& stack) {
    const std::string theirs = stack + ".layers.{i}", ours = theirs;
    const bool decodes = stack == "decoder";
    const std::vector<std::string> names = {"q_proj", "k_proj", "v_proj", "out_proj"};
    t.attention(theirs + ".self_attn", ours + ".attend", names);
    t.norm(theirs + ".self_attn_layer_norm", ours + ".norm1");
    if (decodes) {
        t.attention(theirs + ".encoder_attn", ours + ".cross", names);
        t.norm(theirs + ".encoder_attn_layer_norm", ours + ".norm2");
    }
    t.layer(theirs + ".fc1", ours + ".feed.up");
    t.layer(theirs + ".fc2", ours + ".feed.down");
    t.norm(theirs + ".final_layer_norm", ours + (decodes ? ".norm3" : ".norm2"));
    t.norm(stack + ".layer_norm", stack + ".norm");
    t.table(stack + ".embed_positions", stack + ".positions");
}

Rules t5_of(bool gate_first) {
    Table t;
    t.table("shared", "tokens");
    t.table("encoder.embed_tokens", "tokens");
    t.table("decoder.embed_tokens", "tokens");
    t5_stack(t, "encoder", gate_first);
    t5_stack(t, "decoder", gate_first);
    t.layer("lm_head", "answer");
    return t.rules;
}

}  // namespace

Rules gpt2() {
    Table t, head;
    const std::string block = "h.{i}", layer = "layers.{i}", attend = layer + ".attend";
    t.table("wte", "tokens");
    t.table("wpe", "positions");
    t.norm(block + ".ln_1", layer + ".norm1");
    t.conv1d(block + ".attn.c_attn", {attend + ".query.*", attend + ".key.*", attend + ".value.*"});
    t.conv1d(block + ".attn.c_proj", attend + ".out.*");
    t.norm(block + ".ln_2", layer + ".norm2");
    t.conv1d(block + ".mlp.c_fc", layer + ".feed.up.*");
    t.conv1d(block + ".mlp.c_proj", layer + ".feed.down.*");
    t.norm("ln_f", "norm");
    t.ignore(block + ".attn.bias");  // the causal mask, in files of earlier versions
    t.ignore(block + ".attn.masked_bias");
    head.table("lm_head", "tokens");
    return joined(t.with_or_without("transformer."), head.rules);
}

Rules bert() {
    Table t, head;
    const std::string block = "encoder.layer.{i}", layer = "layers.{i}";
    t.table("embeddings.word_embeddings", "tokens");
    t.table("embeddings.position_embeddings", "positions");
    t.table("embeddings.token_type_embeddings", "types");
    t.norm("embeddings.LayerNorm", "start");
    t.ignore("embeddings.position_ids");  // 0, 1, 2, ..., in files of earlier versions
    t.attention(block + ".attention", layer + ".attend", {"self.query", "self.key", "self.value", "output.dense"});
    t.norm(block + ".attention.output.LayerNorm", layer + ".norm1");
    t.layer(block + ".intermediate.dense", layer + ".feed.up");
    t.layer(block + ".output.dense", layer + ".feed.down");
    t.norm(block + ".output.LayerNorm", layer + ".norm2");
    t.layer("pooler.dense", "pooler");
    head.layer("cls.predictions.transform.dense", "head.dense");
    head.norm("cls.predictions.transform.LayerNorm", "head.norm");
    head.add("cls.predictions.bias", "head.bias");
    head.table("cls.predictions.decoder", "tokens");
    head.add("cls.predictions.decoder.bias", "head.bias");
    head.layer("classifier", "answer");
    head.ignore("cls.seq_relationship.*");
    return joined(t.with_or_without("bert."), head.rules);
}

Rules vit() {
    Table t, head;
    const std::string block = "encoder.layer.{i}", layer = "layers.{i}";
    t.add("embeddings.cls_token", "first");
    t.add("embeddings.position_embeddings", "positions.table", 1);
    t.layer("embeddings.patch_embeddings.projection", "patches");
    t.ignore("embeddings.mask_token");
    t.norm(block + ".layernorm_before", layer + ".norm1");
    t.attention(block + ".attention", layer + ".attend",
                {"attention.query", "attention.key", "attention.value", "output.dense"});
    t.norm(block + ".layernorm_after", layer + ".norm2");
    t.layer(block + ".intermediate.dense", layer + ".feed.up");
    t.layer(block + ".output.dense", layer + ".feed.down");
    t.norm("layernorm", "norm");
    t.ignore("pooler.*");
    head.layer("classifier", "answer");
    return joined(t.with_or_without("vit."), head.rules);
}

Rules t5() { return t5_of(false); }
Rules t5_1_1() { return t5_of(true); }

Rules llama() {
    Table t, head;
    const std::string block = "layers.{i}", layer = block;
    t.table("embed_tokens", "tokens");
    t.norm(block + ".input_layernorm", layer + ".norm1");
    t.attention(block + ".self_attn", layer + ".attend", {"q_proj", "k_proj", "v_proj", "o_proj"});
    t.ignore(block + ".self_attn.rotary_emb.inv_freq");  // in files of earlier versions
    t.norm(block + ".post_attention_layernorm", layer + ".norm2");
    t.gated(block + ".mlp.gate_proj", block + ".mlp.up_proj", layer + ".feed.up");
    t.layer(block + ".mlp.down_proj", layer + ".feed.down");
    t.norm("norm", "norm");
    head.layer("lm_head", "answer");
    return joined(t.with_or_without("model."), head.rules);
}

Rules whisper() {
    Table t, head;
    t.layer("encoder.conv1", "conv1");
    t.layer("encoder.conv2", "conv2");
    whisper_stack(t, "encoder");
    t.table("decoder.embed_tokens", "tokens");
    whisper_stack(t, "decoder");
    head.table("proj_out", "tokens");
    return joined(t.with_or_without("model."), head.rules);
}

Rules prefixed(Rules rules, const std::string& theirs, const std::string& ours) {
    for (Rule& rule : rules) {
        for (std::string& name : rule.theirs) name = theirs + name;
        for (std::string& name : rule.ours) name = ours + name;
    }
    return rules;
}

}  // namespace heed::nn::rules
