import { readFileSync } from 'node:fs';
import { Converter } from 'typedoc';

/** Names each module as code imports it, e.g. `@kdx/core/run`, rather than by the path of its entry. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      // The folder of the package, up to `dist`, and the entry below it: `core/dist/run`, or `core/dist` for its index.
      const [, folder, entry = 'index'] = /^(.*)\/dist(?:\/(.*))?$/.exec(module.name) ?? [];
      const { name, exports } = JSON.parse(
        readFileSync(new URL(`../../packages/${folder}/package.json`, import.meta.url), 'utf8'),
      );
      const doors = Object.entries(exports).filter(([, { types }]) => types === `./dist/${entry}.d.ts`);
      if (doors.length === 0) throw new Error(`${name} does not export dist/${entry}.d.ts`);
      module.name = name + doors[0][0].slice(1);
    }
  });
}
