import type { TensorInfo } from '@tensorflow/tfjs';

/** The inputs of a kernel, by the names that TensorFlow.js gives them. */
export type Inputs<Names extends string> = Readonly<Record<Names, TensorInfo>>;
