import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { TestScope } from '../testing/test-scope.js';
import { BatchNorm2d } from './batch-norm.js';
import { Conv2d } from './conv2d.js';
import { LayerNorm } from './layer-norm.js';
import { Linear } from './linear.js';
import { PatchEmbed } from './patch-embed.js';
import { Sequential } from './sequential.js';
import { TransformerBlock } from './transformer-block.js';

test.before(() => tf.setBackend('cpu'));

test('layers register the names, shapes and layouts of PyTorch', (t) => {
  const root = new TestScope();
  new Sequential(root.child('net'), [
    (scope) => new Conv2d(scope, 4, 8, 3, { bias: false }),
    (scope) => new Conv2d(scope, 4, 8, [3, 5], { groups: 2 }),
    (scope) => new Conv2d(scope, 4, 8, 3, { groups: 4 }),
    (scope) => new BatchNorm2d(scope, 8),
    (scope) => new LayerNorm(scope, 8),
    (scope) => new Linear(scope, 8, 5),
    (scope) => new Linear(scope, 5, 2, { bias: false }),
  ]);
  t.deepEqual(root.summary, [
    'net.0.weight: [3,3,4,8] conv',
    'net.1.weight: [3,5,2,8] conv',
    'net.1.bias: [8] same',
    'net.2.weight: [3,3,4,2] depthwise',
    'net.2.bias: [8] same',
    'net.3.weight: [8] same',
    'net.3.bias: [8] same',
    'net.4.weight: [8] same',
    'net.4.bias: [8] same',
    'net.5.weight: [8,5] linear',
    'net.5.bias: [5] same',
    'net.6.weight: [5,2] linear',
    'net.3.running_mean: [8] same',
    'net.3.running_var: [8] same',
  ]);
});

test('a transformer block and its patch embedding are named as in timm', (t) => {
  const root = new TestScope();
  new PatchEmbed(root.child('patch_embed'), 3, 8, 4);
  new TransformerBlock(root.child('blocks').child(0), 8, 2);
  t.deepEqual(root.summary, [
    'patch_embed.proj.weight: [4,4,3,8] conv',
    'patch_embed.proj.bias: [8] same',
    'blocks.0.norm1.weight: [8] same',
    'blocks.0.norm1.bias: [8] same',
    'blocks.0.attn.qkv.weight: [8,24] linear',
    'blocks.0.attn.qkv.bias: [24] same',
    'blocks.0.attn.proj.weight: [8,8] linear',
    'blocks.0.attn.proj.bias: [8] same',
    'blocks.0.norm2.weight: [8] same',
    'blocks.0.norm2.bias: [8] same',
    'blocks.0.mlp.fc1.weight: [8,32] linear',
    'blocks.0.mlp.fc1.bias: [32] same',
    'blocks.0.mlp.fc2.weight: [32,8] linear',
    'blocks.0.mlp.fc2.bias: [8] same',
  ]);
});

test('a DeiT-Ti block has the parameters that DeiT counts', (t) => {
  const root = new TestScope();
  new TransformerBlock(root, 192, 3);
  const size = root.variables.reduce((sum, variable) => sum + variable.size, 0);
  // DeiT-Ti: 12 blocks, final norm 384, head 193 000, patches 147 648, class token and 197 positions 38 016.
  t.is(12 * size + 384 + 193_000 + 147_648 + 38_016, 5_717_416);
});
