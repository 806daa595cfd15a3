import { readFileSync } from 'node:fs';
import { Converter } from 'typedoc';

/** Modules are called as their packages are, not by the paths of their entries. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const file = new URL(`../../packages/${module.name}/../package.json`, import.meta.url);
      module.name = JSON.parse(readFileSync(file, 'utf8')).name;
    }
  });
}
