// `@kdx/core/errors`: what reports errors, without TensorFlow.js and all that computes.

export { didYouMean, isKdxError, KdxError, messageOf } from '@kdx/tensor/errors';
export { currentPlugin } from '../plugin-scope.js';
