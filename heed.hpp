#pragma once
// All that a model's author needs.
#include <heed/core/version.hpp>
#include <heed/nn/attention.hpp>
#include <heed/nn/checkpoint.hpp>
#include <heed/nn/init.hpp>
#include <heed/nn/layers.hpp>
#include <heed/nn/load.hpp>
#include <heed/nn/optim.hpp>
#include <heed/nn/params.hpp>
#include <heed/nn/positions.hpp>
#include <heed/nn/recurrent.hpp>
#include <heed/nn/schedule.hpp>
#include <heed/nn/transformer.hpp>
#include <heed/ops/checkpoint.hpp>
#include <heed/ops/mask.hpp>
#include <heed/ops/ops.hpp>
