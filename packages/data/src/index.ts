export { type DecodeOptions, decodeImage, decodePixels, type ImageFormat } from './images/decode.js';
export { encodeJpeg, encodePng } from './images/encode.js';
export { toBytes } from './images/pixels.js';
export type { LabelledArrays } from './memory/array-split.js';
export { type ArraysOptions, fromArrays } from './memory/from-arrays.js';
export { type ContactSheet, type ContactSheetOptions, contactSheet } from './pool/contact-sheet.js';
export {
  type BatchImage,
  type BatchRecord,
  type NetworkIdentity,
  POOL_FORMAT,
  type PoolDescription,
  type PoolImageFormat,
  poolDescription,
  type Score,
} from './pool/format.js';
export { type OpenPoolOptions, openPool, type Pool } from './pool/open-pool.js';
export { batchesFolder, batchOfName, batchPath, imageFile, poolPath } from './pool/paths.js';
export { entriesOfBatch, type PoolEntry, pixelHash, readPixels } from './pool/pool-entry.js';
export { type PoolSourceOptions, poolSource } from './pool/pool-source.js';
export { readBatch } from './pool/read-batch.js';
export { readDescription } from './pool/read-description.js';
export { readInOrder } from './pool/read-in-order.js';
export { type PickRule, type PoolSelection, passes, selectEntries } from './pool/select.js';
export { builtInDataSets, listDataSets, resolveData } from './resolve-data.js';
export { SHAPES_DEFAULTS, type ShapesOptions, shapes } from './shapes/shapes.js';
export { dataFolder } from './spec/data-folder.js';
export {
  amount,
  augmentation,
  type DataOption,
  type DataOptions,
  decimal,
  type OptionValues,
  wholeNumber,
} from './spec/options.js';
export {
  type DataRequest,
  type DataSetFamily,
  type DataSetInfo,
  DataSetRegistry,
  defineDataSet,
} from './spec/registry.js';
export type { Amount } from './splits/amount.js';
export { splitView } from './splits/split-view.js';
export { type SubsetOptions, withSubsets } from './splits/with-subsets.js';
export { KNOWN_STATISTICS, knownStatistics, type NamedStatistics } from './statistics/known-statistics.js';
export { measureStatistics } from './statistics/measure.js';
export { flip } from './transforms/flip.js';
export { type Padding, paddedCrop } from './transforms/padded-crop.js';
export { listTransforms, parseTransforms, type TransformInfo } from './transforms/parse-transforms.js';
export type { Interpolation } from './transforms/rand-augment/affine.js';
export type { ByteImage } from './transforms/rand-augment/byte-image.js';
export {
  applyOperation,
  type DrawnOperation,
  OPERATION_NAMES,
  type OperationName,
  type OperationSettings,
} from './transforms/rand-augment/operations.js';
export {
  drawOperations,
  type RandAugmentOptions,
  randAugment,
} from './transforms/rand-augment/rand-augment.js';
export { type ErasingMode, type RandomErasingOptions, randomErasing } from './transforms/random-erasing.js';
export { type StatisticalTransform, tellStatistics } from './transforms/statistical-transform.js';
