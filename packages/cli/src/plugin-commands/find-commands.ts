import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginCommand } from '@kdx/core';
import { commandFault } from '@kdx/core/errors';
import { builtInFolder, builtInPlugins, installedPlugins, packageFolder } from '@kdx/run/names';
import { messageOf } from '@kdx/tensor/errors';

/** A command that a plugin brings. */
export interface FoundCommand extends PluginCommand {
  /** How `--plugins` names the plugin. */
  readonly plugin: string;
  readonly builtIn: boolean;
}

interface Found {
  readonly commands: readonly FoundCommand[];
  /** What is wrong with commands that are left out. */
  readonly warnings: readonly {
    readonly code: 'KDX_COMMAND_LOAD' | 'KDX_COMMAND_TWICE';
    readonly message: string;
  }[];
}

/**
 * Commands of the plugins that come with kdx and of those installed in a project, in this order. Loads nothing of a plugin but its
 * list of commands, and that only where its package has the door `./commands`.
 * @param taken names of kdx's own commands
 */
export async function findCommands(project: string, taken: readonly string[]): Promise<Found> {
  const commands: FoundCommand[] = [];
  const warnings: Found['warnings'][number][] = [];
  for (const { plugin, folder, builtIn } of pluginFolders(project)) {
    const file = commandsFile(folder);
    if (file === undefined) continue;
    let brought: readonly PluginCommand[];
    try {
      brought = await loadCommands(file);
    } catch (cause) {
      const message = `The commands of plugin "${plugin}" (${file}) are left out, because they cannot be loaded: ${messageOf(cause)}`;
      warnings.push({ code: 'KDX_COMMAND_LOAD', message });
      continue;
    }
    for (const command of brought) {
      const other = commands.find(({ name }) => name === command.name);
      if (other === undefined && !taken.includes(command.name)) {
        commands.push({ ...command, plugin, builtIn });
        continue;
      }
      const owner = other === undefined ? 'kdx itself' : `plugin "${other.plugin}"`;
      const message = `Plugin "${plugin}" brings the command "${command.name}", which is left out: ${owner} has one of that name.`;
      warnings.push({ code: 'KDX_COMMAND_TWICE', message });
    }
  }
  return { commands, warnings };
}

interface PluginFolder {
  readonly plugin: string;
  readonly folder: string;
  readonly builtIn: boolean;
}

function pluginFolders(project: string): PluginFolder[] {
  const ours = builtInPlugins().flatMap((plugin) => {
    const folder = builtInFolder(plugin);
    return folder === undefined ? [] : [{ plugin, folder, builtIn: true }];
  });
  const theirs = installedPlugins(project)
    .filter(({ packageName }) => !packageName.startsWith('@kdx/'))
    .flatMap(({ request, packageName }) => {
      const folder = packageFolder(packageName, project);
      return folder === undefined ? [] : [{ plugin: request, folder, builtIn: false }];
    });
  return [...ours, ...theirs];
}

/** The file of a package's door `./commands`; undefined for a package without one. */
function commandsFile(folder: string): string | undefined {
  try {
    const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly exports?: Readonly<Record<string, unknown>>;
    };
    const door = exports?.['./commands'] as string | { readonly default?: string; readonly import?: string };
    const file = typeof door === 'string' ? door : (door?.import ?? door?.default);
    return file === undefined ? undefined : join(folder, file);
  } catch {
    // A package that cannot be read is reported where it is used.
    return undefined;
  }
}

async function loadCommands(file: string): Promise<readonly PluginCommand[]> {
  const { commands } = (await import(pathToFileURL(file).href)) as { readonly commands?: unknown };
  const fault = commands === undefined ? 'exports no list "commands"' : commandFault(commands);
  if (fault !== undefined) throw new Error(`it ${fault}.`);
  return commands as PluginCommand[];
}
