import test from 'ava';
import { listModels } from '../list-models.js';
import { similarNames } from './similar-names.js';

const KNOWN = listModels().map(({ name }) => name);

test('an architecture that exists under another name is found', (t) => {
  t.is(similarNames('resnet18', KNOWN)[0], 'cifar_ResNet18');
  t.is(similarNames('ResNet56', KNOWN)[0], 'cifar_resnet56');
  t.deepEqual(similarNames('mobilenetv3_small_100', KNOWN), ['cifar_mobilenetv2']);
  t.is(similarNames('deit3_small_patch16_224', KNOWN)[0], 'deit_small_patch16_224');
  t.is(similarNames('vit_large_patch16_384', KNOWN)[0], 'vit_tiny_patch16_224');
  t.deepEqual(similarNames('wrn_40_2', KNOWN)[0], 'cifar_wrn_40_2');
});

test('a name that only shares a size or a data set finds nothing', (t) => {
  t.deepEqual(similarNames('efficientnet_b0', KNOWN), []);
  t.deepEqual(similarNames('swin_tiny_patch4_window7_224', KNOWN), []);
  t.deepEqual(similarNames('cifar_densenet', KNOWN), []);
});
