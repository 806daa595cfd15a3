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

test('options that are JSON and no object are refused, of a path too', (t) => {
  for (const [list, entry = list] of [
    ['a:[1]'],
    ['b,a:[1,{"x":2}]', 'a:[1,{"x":2}]'],
    ['a:5'],
    ['a:"x"'],
    ['./a.mjs:[1]'],
  ]) {
    t.throws(() => parsePluginList(list), {
      code: 'KDX_PLUGIN_LIST',
      message: `The options in --plugins ${entry} are no object; write them as name:{"key":"value"} inside single quotes.`,
    });
  }
  t.throws(() => parsePluginList([['a', [1] as never]]), { message: /--plugins a:\[1\] are no object/ });
  t.throws(() => parsePluginList('a:'), { message: /are not JSON/ });
});

test('a space before options is none of them, and a path may have a colon or a bracket', (t) => {
  t.deepEqual(parsePluginList('a: {"x":[1,2]},./b:c.mjs,./d[1,./e].mjs'), [
    { name: 'a', options: { x: [1, 2] } },
    { name: './b:c.mjs', options: undefined },
    { name: './d[1', options: undefined },
    { name: './e].mjs', options: undefined },
  ]);
});
