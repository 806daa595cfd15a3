// `@kdx/distill-ops`: what feature methods share, each a pure function or a layer, with shapes and source.

export { firstChannels } from './maps/first-channels.js';
export { gridTokens, tokensToMaps, toMaps } from './maps/grid-tokens.js';
export { resizeMaps, sharedSize } from './maps/resize-maps.js';
export { toVector } from './maps/to-vector.js';
export { layerPairs } from './pair/layer-pairs.js';
export { nearestRows } from './pair/nearest-rows.js';
export { strideBetween, strideFits } from './pair/stride-between.js';
export { ConvNormRelu } from './project/conv-norm-relu.js';
export { l2Norm } from './similarity/l2-norm.js';
export { pairDistances } from './similarity/pair-distances.js';
export { unitRows } from './similarity/unit-rows.js';
