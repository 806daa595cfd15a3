import * as tf from '@tensorflow/tfjs';
import { tape } from '../autodiff/tape.js';

/**
 * The same values without a gradient: what reaches the loss only through here does not learn. Shares its data with
 * `x`; either may be disposed first.
 */
export const detach = <T extends tf.Tensor>(x: T): T => tape.off(() => tf.clone(x));
