import test from 'ava';
import { identifierOf } from './identifier.js';
import { pluginName } from './plugin-name.js';

test('a name, short or in full, with a scope or without, gives all others', (t) => {
  const ripple = {
    packageName: 'kdx-plugin-my-hint',
    plugin: 'my-hint',
    request: 'my-hint',
    folder: 'kdx-plugin-my-hint',
  };
  t.deepEqual(pluginName('my-hint'), ripple);
  t.deepEqual(pluginName('kdx-plugin-my-hint'), ripple);
  const scoped = { ...ripple, packageName: '@me/kdx-plugin-my-hint', request: '@me/my-hint' };
  t.deepEqual(pluginName('@me/my-hint'), scoped);
  t.deepEqual(pluginName('@me/kdx-plugin-my-hint'), scoped);
});

for (const [given, tried] of [
  ['My Hint', 'my-hint'],
  ['myHint', 'my-hint'],
  ['my_hint_', 'my-hint'],
  ['kdx-plugin-', 'my-method'],
  ['Ähre', 'ahre'],
  ['2x', 'x'],
  ['', 'my-method'],
  ['a/b', 'a-b'],
  ['../hint', 'hint'],
  ['@Me/Hint', '@me/hint'],
  ['@me', 'me'],
  ['@me/a/b', '@me/a-b'],
  ['x'.repeat(300), 'x'.repeat(100)],
  ['kd', 'my-kd'],
  ['kdx-plugin-tf-fd', 'my-tf-fd'],
  ['@me/classification', '@me/my-classification'],
] as const) {
  test(`"${given.slice(0, 30)}" is refused, and "${tried.slice(0, 30)}" would do`, (t) => {
    const error = t.throws(() => pluginName(given), { code: 'KDX_PLUGIN_NAME' });
    t.true(error?.message.endsWith(`try "${tried}".`), error?.message);
    t.notThrows(() => pluginName(tried));
  });
}

test('the scope of kdx is refused', (t) => {
  t.throws(() => pluginName('@kdx/plugin-hint'), { code: 'KDX_PLUGIN_NAME', message: /as in @me\/hint/ });
});

test('in code it has a name that is free', (t) => {
  t.is(identifierOf('my-2nd-hint', []), 'my2ndHint');
  t.is(identifierOf('class', []), 'classMethod');
  t.is(identifierOf('test', ["import test from 'node:test';"]), 'testMethod');
  t.is(identifierOf('test', ['testing']), 'test');
});
