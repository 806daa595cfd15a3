import test from 'ava';
import { decodeInfo } from './metadata.js';

test('each field is read by its key', (t) => {
  const metadata = {
    format: 'pt',
    'kdx.model': 'convnet?width=8',
    'kdx.classes': '2',
    'kdx.classNames': '["cat","dog"]',
    'kdx.inputSize': '[24,32,3]',
    'kdx.mean': '[0.5,0.25,0.125]',
    'kdx.std': '[0.1,0.2,0.3]',
    'kdx.headRule': 'sum-softmax',
  };
  t.deepEqual(decodeInfo('f', metadata), {
    model: 'convnet?width=8',
    classes: 2,
    labelNames: ['cat', 'dog'],
    inputSize: [24, 32, 3],
    mean: [0.5, 0.25, 0.125],
    std: [0.1, 0.2, 0.3],
    headRule: 'sum-softmax',
  });
});

test('a file from elsewhere says nothing', (t) => {
  t.deepEqual(decodeInfo('f', { format: 'pt', source: 'somewhere' }), {});
});

test('a field that is not what it should be names the file and the key', (t) => {
  const broken: Record<string, string>[] = [
    { 'kdx.classes': 'ten' },
    { 'kdx.mean': '{}' },
    { 'kdx.inputSize': '[32]' },
    { 'kdx.headRule': 'best' },
  ];
  for (const metadata of broken) {
    const error = t.throws(() => decodeInfo('w.safetensors', metadata), { code: 'KDX_WEIGHTS_METADATA' });
    t.regex(error!.message, /w\.safetensors.*kdx\./);
  }
});
