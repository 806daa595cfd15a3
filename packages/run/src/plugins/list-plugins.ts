import { isKdxError, messageOf } from '@kdx/tensor';
import { BASE_TASK, builtInPlugins } from './built-in.js';
import { describePlugin, type PluginDescription } from './describe-plugin.js';
import { packageMeant } from './find-plugin.js';
import { installedPlugins } from './installed-plugins.js';

/** A package that says it is a plugin and cannot be used. */
export interface BrokenPlugin {
  readonly request: string;
  readonly packageName: string;
  readonly version: string | undefined;
  readonly error: { readonly code: string; readonly message: string };
}

/** The plugins that come with kdx, those installed in a project, and what there is broken. */
export async function listPlugins(
  project: string,
): Promise<{ plugins: PluginDescription[]; broken: BrokenPlugin[] }> {
  const plugins: PluginDescription[] = [];
  const broken: BrokenPlugin[] = [];
  const installed = installedPlugins(project);
  const ours = builtInPlugins()
    .map((name) => `@kdx/plugin-${name}`)
    .filter((packageName) => installed.every((other) => other.packageName !== packageName))
    .map((packageName) => ({
      request: packageName.slice('@kdx/plugin-'.length),
      packageName,
      version: undefined,
    }));
  for (const { request: short, packageName, version } of [...ours, ...installed]) {
    // Of two packages with one short name the other may be the one that it means.
    const request = packageMeant(short, project) === packageName ? short : packageName;
    try {
      const plugin = await describePlugin(packageName, project);
      // It is part of every run and no method to choose.
      if (!(plugin.builtIn && plugin.name === BASE_TASK)) plugins.push({ ...plugin, request });
    } catch (error) {
      const code = isKdxError(error) ? error.code : 'KDX_PLUGIN_LOAD';
      broken.push({ request, packageName, version, error: { code, message: messageOf(error) } });
    }
  }
  // The sort is stable: what comes with kdx first, the rest by the names of their packages.
  plugins.sort((a, b) => Number(b.builtIn) - Number(a.builtIn));
  return { plugins, broken };
}
