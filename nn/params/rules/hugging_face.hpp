#pragma once
// Names and layouts of models of Hugging Face's `transformers` (version 4.57), for models of heed whose parts have the
// names below: `nn::load(params, folder, {.rules = nn::rules::gpt2()})`, and `nn::save` backwards. The names in a file
// may begin with the model's prefix, such as "transformer.", or not; those of saved files do, as of models with a head.
// A stack of layers is "layers.{i}", a final norm "norm": what a TransformerEncoder makes in the store that it is
// given.
#include <heed/nn/params/rules/rules.hpp>

namespace heed::nn::rules {

// GPT2LMHeadModel: Embedding "tokens", LearnedPositions "positions", TransformerEncoder (gelu_tanh), logits by the
// tokens' table.
Rules gpt2();

// BertModel and its heads BertForMaskedLM ("head.dense", "head.norm", a parameter "head.bias", logits by the tokens'
// table) and BertForSequenceClassification ("answer"): Embeddings "tokens" and "types", LearnedPositions "positions",
// LayerNorm "start", TransformerEncoder with norm_first = false (gelu, epsilon 1e-12), and of a pooler a Linear
// "pooler".
Rules bert();

// ViTForImageClassification: Conv2d "patches", a parameter "first" (1, 1, d), LearnedPositions "positions",
// TransformerEncoder (gelu, epsilon 1e-12), Linear "answer".
Rules vit();

// T5ForConditionalGeneration, and T5EncoderModel: Embedding "tokens", TransformerEncoder "encoder" and
// TransformerDecoder "decoder" with their "relative" positions. Version 1.1 (Flan-T5, mT5) has a gate and a Linear
// "answer"; either loads by both rules, and is saved by its own.
Rules t5();
Rules t5_1_1();

// LlamaForCausalLM and those with its names (Mistral, Qwen2): Embedding "tokens", TransformerEncoder (rms, gated,
// rotary), Linear "answer" where the head is not tied.
Rules llama();

// WhisperForConditionalGeneration: Conv1d "conv1" and "conv2", "encoder" and "decoder", LearnedPositions
// "encoder.positions" and "decoder.positions", Embedding "tokens", logits by its table.
Rules whisper();

// The same rules with a text before each name in the file, and before each name of the store: {.rules =
// prefixed(gpt2(), "model.", "writer.")} for a GPT-2 that is the part "writer" of a model.
Rules prefixed(Rules rules, const std::string& theirs, const std::string& ours);

}  // namespace heed::nn::rules
