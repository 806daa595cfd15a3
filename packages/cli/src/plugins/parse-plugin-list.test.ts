import test from 'ava';
import { parsePluginList } from './parse-plugin-list.js';

test('names and paths with and without options, commas inside options left alone', (t) => {
  t.deepEqual(parsePluginList('kd, ./a.mjs:{"x":[1,2],"y":{"z":"a,b"}},deit'), [
    { name: 'kd', options: undefined },
    { name: './a.mjs', options: { x: [1, 2], y: { z: 'a,b' } } },
    { name: 'deit', options: undefined },
  ]);
});

test('braces, quotes and commas inside a JSON string are text', (t) => {
  t.deepEqual(parsePluginList('a:{"text":"} \\" , {"},b'), [
    { name: 'a', options: { text: '} " , {' } },
    { name: 'b', options: undefined },
  ]);
});

test('an empty list is no plugin', (t) => {
  t.deepEqual(parsePluginList(''), []);
  t.deepEqual(parsePluginList('kd,'), [{ name: 'kd', options: undefined }]);
});

test('options that are not JSON are refused and never evaluated', (t) => {
  t.throws(() => parsePluginList('a:{x:process.exit()}'), { message: /are not JSON/ });
});
