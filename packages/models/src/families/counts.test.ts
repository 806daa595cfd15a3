import test from 'ava';
import { describeDefinition } from '../network/describe.js';
import { findDefinition } from './registry.js';

const count = (name: string, classes?: number, options?: Record<string, unknown>): number =>
  describeDefinition(findDefinition(name), { classes, options }).parameters;

test('CIFAR ResNets have the benchmark’s parameter counts (spec of CRD §3.2, 100 classes)', (t) => {
  const expected = {
    cifar_resnet8: 83_892,
    cifar_resnet14: 181_108,
    cifar_resnet20: 278_324,
    cifar_resnet32: 472_756,
    cifar_resnet44: 667_188,
    cifar_resnet56: 861_620,
    cifar_resnet110: 1_736_564,
    cifar_resnet8x4: 1_233_540,
    cifar_resnet32x4: 7_433_860,
  };
  for (const [name, parameters] of Object.entries(expected)) t.is(count(name), parameters, name);
});

test('MobileNetV2 and the ShuffleNets have the benchmark’s parameter counts (spec of CRD §3.2, 100 classes)', (t) => {
  t.is(count('cifar_mobilenetv2'), 812_836);
  t.is(count('cifar_shufflev1'), 949_258);
  t.is(count('cifar_shufflev2'), 1_355_528);
});

test('at 1000 classes they have torchvision’s parameter counts, but for the stem and an expansion of 1', (t) => {
  const stem = 9 * 3 * 24 - 3 * 24; // 3×3 there, 1×1 here
  t.is(count('cifar_shufflev2', 1000, { width: 0.5 }), 1_366_792 - stem);
  t.is(count('cifar_shufflev2', 1000), 2_278_604 - stem);
  t.is(count('cifar_shufflev2', 1000, { width: 1.5 }), 3_503_624 - stem);
  t.is(count('cifar_shufflev2', 1000, { width: 2 }), 7_393_996 - stem);
  const expansion = 32 * 32 + 2 * 32; // a convolution with its norm, which torchvision leaves out
  t.is(count('cifar_mobilenetv2', 1000, { width: 1 }), 3_504_872 + expansion);
});

test('the benchmark’s wide ResNets, VGGs and ResNets of four stages have its counts (spec of Tf-FD §3.2)', (t) => {
  const expected = {
    cifar_wrn_16_1: 180_916,
    cifar_wrn_16_2: 703_284,
    cifar_wrn_40_1: 569_780,
    cifar_wrn_40_2: 2_255_156,
    cifar_vgg8: 3_965_028,
    cifar_vgg11: 9_277_284,
    cifar_vgg13: 9_462_180,
    cifar_vgg16: 14_774_436,
    cifar_vgg19: 20_086_692,
    cifar_ResNet18: 11_220_132,
    cifar_ResNet34: 21_328_292,
    cifar_ResNet50: 23_705_252,
  };
  for (const [name, parameters] of Object.entries(expected)) t.is(count(name), parameters, name);
});

test('ViTs have DeiT’s parameter counts, with and without distillation token (spec of DeiT §1.1)', (t) => {
  const expected = [
    ['tiny', 5_717_416, 5_910_800, 5_528_660, 5_563_400],
    ['small', 22_050_664, 22_436_432, 21_674_132, 21_743_432],
    ['base', 86_567_656, 87_338_192, 85_815_572, 85_953_992],
  ] as const;
  for (const [size, plain, distilled, ten, hundred] of expected) {
    t.is(count(`vit_${size}_patch16_224`), plain);
    t.is(count(`deit_${size}_patch16_224`), plain);
    t.is(count(`deit_${size}_distilled_patch16_224`), distilled);
    t.is(count(`deit_${size}_distilled_patch16_224`, 10), ten);
    t.is(count(`deit_${size}_distilled_patch16_224`, 100), hundred);
    t.is(count(`vit_${size}_patch16_224`, undefined, { 'distillation-token': true }), distilled);
  }
});

test('patch, input size, width, depth and MLP ratio enter the count as written', (t) => {
  const [D, L, p, N, K, hidden] = [96, 6, 4, 64, 10, 288];
  const block = 2 * 2 * D + (3 * D * D + 3 * D) + (D * D + D) + (D * hidden + hidden) + (hidden * D + D);
  const expected = D + (N + 1) * D + (3 * p * p * D + D) + L * block + 2 * D + (D * K + K);
  const options = { img: 32, patch: 4, dim: 96, depth: 6, 'mlp-ratio': 3 };
  t.is(count('vit_tiny_patch16_224', 10, options), expected);
  t.is(count('vit_tiny_patch4_32', 10, { dim: 96, depth: 6, 'mlp-ratio': 3 }), expected);
});

test('the small CNN doubles its width from stage to stage', (t) => {
  const expected = 9 * (3 * 8 + 8 * 16) + 2 * (8 + 16) + (16 * 5 + 5);
  t.is(count('convnet', 5, { width: 8, stages: 2 }), expected);
});
