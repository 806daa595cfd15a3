import test from 'ava';
import { resolveImageSize } from './image-size.js';

test('a model that takes any size takes the size of the data, then of its file, then its own', (t) => {
  const own = { imageSize: [32, 32, 3] as const };
  t.deepEqual(resolveImageSize(own, 'm', { data: [28, 20, 1], file: [8, 8, 3] }), [28, 20, 1]);
  t.deepEqual(resolveImageSize(own, 'm', { file: [8, 8, 1] }), [8, 8, 1]);
  t.deepEqual(resolveImageSize(own, 'm', {}), [32, 32, 3]);
  t.deepEqual(resolveImageSize(own, 'm', { said: [64, 48], file: [28, 28, 1] }), [64, 48, 1]);
  t.throws(() => resolveImageSize(own, 'm', { said: [64, 48], data: [28, 28, 1] }), {
    code: 'KDX_MODEL_IMAGE_SIZE',
  });
});

test('a size that is part of the name stays, unless the name says another', (t) => {
  const fixed = { imageSize: [224, 224, 3] as const, fixedSize: true };
  t.deepEqual(resolveImageSize(fixed, 'm', { data: [224, 224, 3] }), [224, 224, 3]);
  t.deepEqual(resolveImageSize(fixed, 'm', { said: [32, 32], data: [32, 32, 3] }), [32, 32, 3]);
  const error = t.throws(() => resolveImageSize(fixed, 'vit', { data: [32, 48, 3] }), {
    code: 'KDX_MODEL_IMAGE_SIZE',
  });
  t.regex(error!.message, /"vit" takes images of 224×224 and the data has 32×48; .*\?img=32x48/);
});
