import { BASE_TASK, builtInPlugins } from '@kdx/run/parts';
import { kdxError } from '../errors.js';

/** What a plugin's package is called, and all that follows from it. */
export interface PluginName {
  /** Of the package: `kdx-plugin-x` or `@scope/kdx-plugin-x`. */
  readonly packageName: string;
  /** Of the plugin: `x`. */
  readonly plugin: string;
  /** How `--plugins` names it: `x` or `@scope/x`. */
  readonly request: string;
  /** `kdx-plugin-x`, without the scope. */
  readonly folder: string;
}

const PLUGIN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const SCOPE = /^@[a-z0-9][a-z0-9._-]*$/;
/** npm takes no more characters. */
const LONGEST = 214;

/**
 * Reads `x`, `kdx-plugin-x`, `@scope/x` or `@scope/kdx-plugin-x`.
 * @throws KdxError `KDX_PLUGIN_NAME`, with a name that would do
 */
export function pluginName(given: string): PluginName {
  const parts = given.startsWith('@') ? given.split('/') : [undefined, given];
  const [scope, rest = ''] = parts;
  const plugin = rest.replace(/^kdx-plugin-/, '');
  if (scope === '@kdx') {
    throw kdxError(
      'KDX_PLUGIN_NAME',
      `"${given}" is of the scope of kdx itself; take your own, as in @me/${slug(rest.replace(/^plugin-/, ''))}, or none.`,
    );
  }
  const fits = parts.length === 2 && PLUGIN.test(plugin) && (scope === undefined || SCOPE.test(scope));
  const packageName = `${scope === undefined ? '' : `${scope}/`}kdx-plugin-${plugin}`;
  if (!fits || packageName.length > LONGEST) {
    throw kdxError(
      'KDX_PLUGIN_NAME',
      `"${given}" is no name for a plugin's package, which has small letters, digits and single hyphens; try "${suggestion(given)}".`,
    );
  }
  if ([...builtInPlugins(), BASE_TASK].includes(plugin)) {
    throw kdxError(
      'KDX_PLUGIN_NAME',
      `"${plugin}" comes with kdx, and two plugins of one name cannot stand in one run; try "${scope === undefined ? '' : `${scope}/`}my-${plugin}".`,
    );
  }
  const request = scope === undefined ? plugin : `${scope}/${plugin}`;
  return { packageName, plugin, request, folder: `kdx-plugin-${plugin}` };
}

function suggestion(given: string): string {
  const [, scope, rest] = /^(?:@([^/]*)\/)?(.*)$/s.exec(given) ?? [];
  const plugin = slug((rest ?? '').replace(/^kdx-plugin-/i, ''));
  return scope === undefined ? plugin : `@${slug(scope)}/${plugin}`;
}

/** The nearest name that fits: `My Hint_2` gives `my-hint-2`. */
function slug(text: string): string {
  const name = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
    .slice(0, 100)
    .replace(/-+$/, '');
  return name === '' ? 'my-method' : name;
}
