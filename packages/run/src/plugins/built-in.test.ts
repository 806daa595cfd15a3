import test from 'ava';
import { BUILT_IN_OBSERVERS, BUILT_IN_PLUGINS } from './built-in.js';
import { isObserver } from './is-observer.js';
import { loadFactories } from './load-plugin.js';

test('the observers that a config is told by are those whose definitions say so', async (t) => {
  const loaded = await loadFactories(BUILT_IN_PLUGINS);
  const observers = loaded.map(({ factory }) => factory).filter(isObserver);
  t.deepEqual(
    observers.map(({ definition }) => definition.name),
    [...BUILT_IN_OBSERVERS],
  );
});
