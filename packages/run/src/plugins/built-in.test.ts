import test from 'ava';
import { builtInObservers, builtInPlugins } from './built-in.js';
import { isObserver } from './is-observer.js';
import { loadFactories } from './load-plugin.js';

test('the observers that a config is told by are those whose definitions say so', async (t) => {
  const loaded = await loadFactories(builtInPlugins());
  const observers = loaded.map(({ factory }) => factory).filter(isObserver);
  t.deepEqual(
    observers.map(({ definition }) => definition.name),
    [...builtInObservers()],
  );
});
