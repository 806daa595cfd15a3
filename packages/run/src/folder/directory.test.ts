import { definePlugin, type Plugin } from '@kdx/core';
import test from 'ava';
import { z } from 'zod';
import { defaultRunDirectory } from './directory.js';

const plugin = (name: string, offers: readonly string[] = []): Plugin =>
  definePlugin({
    name,
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'a test',
    options: z.object({}),
    offers,
    setup() {},
  })();
const named = (...plugins: Plugin[]): string | undefined =>
  /^runs[/\\]\d{8}-\d{6}-(.*)$/.exec(defaultRunDirectory('convnet?width=8', plugins))?.[1];

test('a folder is named by the methods of its run, not by who watches it', (t) => {
  const watchers = [plugin('csv', ['observer']), plugin('mine', ['observer'])];
  t.is(named(), 'convnet-plain');
  t.is(named(...watchers), 'convnet-plain');
  t.is(named(watchers[0], plugin('kd'), watchers[1], plugin('shake', ['sampler'])), 'convnet-kd+shake');
});
