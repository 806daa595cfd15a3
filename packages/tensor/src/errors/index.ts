// `@kdx/tensor/errors`: what reports errors, without TensorFlow.js and all that computes.

export { didYouMean } from './did-you-mean.js';
export { isKdxError, KdxError, messageOf } from './kdx-error.js';
