// `@kdx/core/text`: numbers and shell words in messages, without TensorFlow.js and all that computes.

export { count, counted, duration, number, percent, placeOf, scoredImages } from './format.js';
export { quoted } from './quoted.js';
