import type { Plugin } from '@kdx/core';
import { builtInFile } from '../plugins/find-plugin.js';
import type { MadePlugin } from '../plugins/make-plugins.js';
import { type LoadedCode, loadedCode } from './loaded-code.js';

/**
 * The code of a run's plugins, by `<plugin>: <file or package>`. A plugin that was given as an object has no file: only its name,
 * version and options are known of it.
 */
export function pluginCode(plugins: readonly Plugin[], made: readonly MadePlugin[]): LoadedCode {
  return Object.fromEntries(
    plugins.flatMap(({ definition }) => {
      const { name } = definition;
      const file = made.find(({ plugin }) => plugin.definition === definition)?.file ?? builtInFile(name);
      if (file === undefined) return [];
      return Object.entries(loadedCode(file)).map(([part, hash]) => [`${name}: ${part}`, hash]);
    }),
  );
}
