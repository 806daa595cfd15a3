export {
  type Differentiation,
  differentiate,
  type LazyGradients,
  together,
} from './autodiff/differentiate.js';
export { type ForwardCall, forwardCall } from './forward/call.js';
export { type Heads, type Network, runForward } from './forward/run-forward.js';
export { TapRecorder } from './forward/tap-recorder.js';
export { traceTaps } from './forward/trace-taps.js';
export { attentionCentres, type Centre, centredAttention } from './init/attention-centres.js';
export {
  kaimingNormal,
  normal,
  ones,
  torchDefault,
  truncatedNormal,
  uniform,
  zeros,
} from './init/initializers.js';
export { Activation, activation } from './layers/activation.js';
export { Attention, type AttentionLayerOptions } from './layers/attention.js';
export { BatchNorm2d, type BatchNormOptions } from './layers/batch-norm.js';
export { chain, type Link } from './layers/chain.js';
export { type ConvBatchNormLinksOptions, convBatchNormLinks, recording } from './layers/conv-batch-norm.js';
export { Conv2d, type Conv2dLayerOptions } from './layers/conv2d.js';
export {
  ConvolutionalAttention,
  type ConvolutionalAttentionOptions,
  isPositionParameter,
} from './layers/convolutional-attention.js';
export { DropBlock } from './layers/drop-block.js';
export { DropPath } from './layers/drop-path.js';
export { Dropout } from './layers/dropout.js';
export { earlyBlocks } from './layers/early-blocks.js';
export { helperModule, type ModuleBuilder, type ModuleForward } from './layers/helper-module.js';
export { Layer, type LayerBuilder, preActivation } from './layers/layer.js';
export { LayerNorm } from './layers/layer-norm.js';
export { Linear, type LinearOptions } from './layers/linear.js';
export { Mlp, type MlpOptions } from './layers/mlp.js';
export { PatchEmbed, type PatchEmbedOptions } from './layers/patch-embed.js';
export { Sequential } from './layers/sequential.js';
export { TransformerBlock, type TransformerBlockOptions } from './layers/transformer-block.js';
export { adaptiveAvgPool } from './ops/adaptive-avg-pool.js';
export { type AttentionOptions, attention } from './ops/attention.js';
export { type AttentionDistanceOptions, attentionDistance } from './ops/attention-distance.js';
export { type BatchNormResult, batchNormInference, batchNormTraining } from './ops/batch-norm.js';
export { bilinearResize } from './ops/bilinear-resize.js';
export { type ChannelMoments, channelMoments } from './ops/channel-moments.js';
export { channelShuffle } from './ops/channel-shuffle.js';
export { type ConvBatchNormOptions, convBatchNorm, type FrozenNorm } from './ops/conv-batch-norm.js';
export { type Conv2dOptions, conv2d } from './ops/conv2d.js';
export { crossEntropy, hardCrossEntropy } from './ops/cross-entropy.js';
export { type DetachStandIn, detach, withDetach } from './ops/detach.js';
export { type DropBlockOptions, dropBlock } from './ops/drop-block.js';
export { dropout, dropPath } from './ops/dropout.js';
export { gelu } from './ops/gelu.js';
export { type KlDivergenceOptions, klDivergence } from './ops/kl-divergence.js';
export { layerNorm } from './ops/layer-norm.js';
export { linear } from './ops/linear.js';
export { logSoftmax } from './ops/log-softmax.js';
export { meanSquare } from './ops/mean-square.js';
export { meanSquaredError } from './ops/mean-squared-error.js';
export { addOver, reluOver } from './ops/overwrite.js';
export type { PatchGrid } from './ops/patch-grid.js';
export { type AvgPoolOptions, avgPool, globalAveragePool, maxPool, type PoolOptions } from './ops/pool.js';
export type { Pair } from './ops/shapes.js';
export { softmax } from './ops/softmax.js';
export { splitHeads } from './ops/split-heads.js';
