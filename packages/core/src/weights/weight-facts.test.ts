import test from 'ava';
import { type WeightFacts } from '../index.js';
import { compareWeights } from '../run.js';
import { type WeightUse } from './weight-facts.js';

const use: WeightUse = {
  name: 'convnet',
  inputSize: [32, 32, 3],
  mean: [0.5, 0.5, 0.5],
  std: [0.2, 0.2, 0.2],
  labelNames: ['cat', 'dog', 'golden eagle'],
};
const compare = (facts: Omit<WeightFacts, 'file'>, more: Partial<WeightUse> = {}) =>
  compareWeights({ file: 'w.safetensors', ...facts }, { ...use, ...more });
const codes = (...args: Parameters<typeof compare>) => compare(...args).map(({ code }) => code);

test('a file that says nothing, or the same, is not warned of', (t) => {
  t.deepEqual(compare({}), []);
  const { labelNames, inputSize, mean, std } = use;
  t.deepEqual(compare({ labelNames, inputSize, mean, std }), []);
  t.deepEqual(codes({ labelNames: ['Cat', 'DOG', 'golden_eagle'] }), [], 'names written another way');
  t.deepEqual(codes({ mean: [0.501, 0.5, 0.4995], std: [0.2, 0.2, 0.2] }), [], 'rounded');
  t.deepEqual(
    codes({ labelNames: ['a', 'b', 'c'] }, { labelNames: undefined }),
    [],
    'no data to compare with',
  );
});

test('the same classes in another order are refused, however they are written', (t) => {
  for (const labelNames of [
    ['dog', 'cat', 'golden eagle'],
    ['Golden-Eagle', 'cat', 'dog'],
  ]) {
    t.throws(() => compare({ labelNames }), {
      code: 'KDX_CLASS_NAMES',
      message:
        /^"w\.safetensors" \(convnet\) .* the same classes in another order: class 0 is "(dog|Golden-Eagle)" there and "cat" in the data.*; give data/,
    });
  }
});

test('weights that were trained in this process are compared as those of a file are, under the name of the model', (t) => {
  const labelNames = ['dog', 'cat', 'golden eagle'];
  t.throws(() => compareWeights({ labelNames }, use), {
    code: 'KDX_CLASS_NAMES',
    message:
      /^convnet was trained with the same classes in another order: .*; give data with its classes in that order\.$/,
  });
});

test('other classes are warned of, with the first that differs and how many are moved', (t) => {
  const [{ code, message }] = compare({ labelNames: ['cat', 'golden eagle', 'horse'] });
  t.is(code, 'KDX_CLASS_NAMES');
  t.regex(
    message,
    /other classes: class 1 is "golden eagle" there and "dog" in the data, and 1 of its classes stands elsewhere/,
  );
  t.notRegex(compare({ labelNames: ['cat', 'dog', 'horse'] })[0].message, /elsewhere/);
  // Two classes of one name: no order can be told.
  t.is(compare({ labelNames: ['dog', 'cat', 'cat'] }, { labelNames: ['cat', 'dog', 'cat'] }).length, 1);
});

test('another image size is warned of in pixels', (t) => {
  const [{ code, message }] = compare({ inputSize: [64, 48, 3] });
  t.is(code, 'KDX_WEIGHTS_IMAGE_SIZE');
  t.regex(message, /trained on images of 64 × 48 pixels and sees 32 × 32 here/);
});

test('another normalisation than the file has is warned of', (t) => {
  const [{ code, message }] = compare({ mean: [0.1, 0.5, 0.5], std: [0.2, 0.2, 0.2] });
  t.is(code, 'KDX_WEIGHTS_NORMALIZATION');
  t.regex(
    message,
    /with mean 0\.1, 0\.5, 0\.5 .* sees images with mean 0\.5, 0\.5, 0\.5 .*; leave "mean" and "std" out/,
  );
});

test('what was noticed when the file was loaded is told too', (t) => {
  t.deepEqual(codes({ notes: [{ code: 'KDX_WEIGHTS_PREFIX', message: 'x' }] }), ['KDX_WEIGHTS_PREFIX']);
});
