import test from 'ava';
import { didYouMean } from './did-you-mean.js';

const plugins = ['kd', 'deit', 'dearkd', 'df-dearkd', 'tf-fd', 'shake'];

test('a near miss gets its suggestion, with the leading space', (t) => {
  t.is(didYouMean('dearkb', plugins), ' Did you mean "dearkd"?');
  t.is(didYouMean('shak', plugins), ' Did you mean "shake"?');
  t.is(didYouMean('lables', ['images', 'labels']), ' Did you mean "labels"?');
});

test('two neighbours swapped are one slip', (t) => {
  t.is(didYouMean('diet', plugins), ' Did you mean "deit"?');
  t.is(didYouMean('trian', ['train', 'test']), ' Did you mean "train"?');
  t.is(didYouMean('widht', ['width', 'depth']), ' Did you mean "width"?');
  t.is(didYouMean('tpye', ['type', 'alpha']), ' Did you mean "type"?');
});

test('of two that are close the closer is named', (t) => {
  t.is(didYouMean('abcdef', ['abXXef', 'abcdeX']), ' Did you mean "abcdeX"?');
});

test('case is no difference', (t) => {
  t.is(didYouMean('BLOCKS.3', ['blocks.3', 'blocks.4']), ' Did you mean "blocks.3"?');
});

test('nothing near, nothing said', (t) => {
  t.is(didYouMean('crd', plugins), '');
  t.is(didYouMean('x', ['y', 'z']), '');
  t.is(didYouMean('anything', []), '');
});

test('any iterable of names will do', (t) => {
  t.is(didYouMean('layr2', new Map([['layer2', 1]]).keys()), ' Did you mean "layer2"?');
});
