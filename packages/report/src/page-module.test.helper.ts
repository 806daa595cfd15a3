import { readFileSync } from 'node:fs';

/** A module of the page, which is CommonJS for browsers, as the page loads it; those that need no document run here too. */
export function pageModule<T>(name: string): T {
  const file = new URL(`./page/${name}.js`, import.meta.url);
  const exports = {};
  const run = new Function('exports', 'require', readFileSync(file, 'utf8')) as (
    exports: object,
    require: (path: string) => object,
  ) => void;
  run(exports, (path) => pageModule(path.replace('./', '')));
  return exports as T;
}
