import test from 'ava';
import { formatName, parseName } from './parse-name.js';

test('a name is a base, options and a weights file', (t) => {
  t.deepEqual(parseName('deit_tiny_patch16_224?img=32&drop-path=0.05@runs/a@b.safetensors'), {
    base: 'deit_tiny_patch16_224',
    options: { img: 32, 'drop-path': 0.05 },
    weights: 'runs/a@b.safetensors',
  });
  t.deepEqual(parseName('convnet'), { base: 'convnet', options: {}, weights: undefined });
});

test('values are JSON where they can be, text otherwise', (t) => {
  const { options } = parseName('m?a=true&b=[1,2]&c=0.5,0.4,0.3&d=32x48&e=x%26y');
  t.deepEqual(options, { a: true, b: [1, 2], c: '0.5,0.4,0.3', d: '32x48', e: 'x&y' });
});

test('formatting undoes parsing', (t) => {
  for (const options of [
    { a: true, b: 'x&y=z', c: '12', d: 'true', e: 1e-6, f: '100%', g: 'a@b?c', h: '"q"', i: [7] },
    { text: '0.5' },
    {},
  ]) {
    t.deepEqual(parseName(formatName('m', options)).options, options);
  }
  t.is(formatName('m', { mean: [0.5, 0.4, 0.3] }), 'm?mean=0.5,0.4,0.3');
});

test('malformed names say what is wrong with them', (t) => {
  const rejects = (name: string, message: RegExp) =>
    t.throws(() => parseName(name), { code: 'KDX_MODEL_NAME', message });
  rejects('', /A model name is/);
  rejects('?img=32', /A model name is/);
  rejects('m?img=32?patch=4', /A model name is/);
  rejects('m?img', /"img" has no value/);
  rejects('m?img=', /"img=" has no value/);
  rejects('m?img=1&img=2', /"img" is there twice/);
  rejects('m@', /no file after "@"/);
  rejects('m@w.safetensors?img=32', /Options stand before the weights/);
});
