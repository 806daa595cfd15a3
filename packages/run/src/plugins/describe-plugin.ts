import { type PluginDefinition } from '@kdx/core';
import { capabilitiesOf } from '@kdx/core/run';
import { messageOf } from '@kdx/tensor';
import { z } from 'zod';
import { kdxError } from '../errors.js';
import { loadFactory } from './load-plugin.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What `kdx plugins` says of a plugin. */
export interface PluginDescription {
  readonly name: string;
  /** How `--plugins` names it. */
  readonly request: string;
  readonly version: string;
  readonly summary: string;
  readonly requires: readonly string[];
  readonly file: string;
  /** Whether it comes with kdx. */
  readonly builtIn: boolean;
  /** JSON schema of its options. */
  readonly options: JsonSchema;
  /** The same, one line per option. */
  readonly parameters: readonly PluginParameter[];
}

export interface PluginParameter {
  readonly name: string;
  /** E.g. `number`, `hard | soft` or `boolean | { blocks, dropout }`. */
  readonly takes: string;
  readonly preset: unknown;
  readonly description: string;
  /** Of the objects that it takes, alone or in a list; empty where it takes none. */
  readonly fields: readonly PluginParameter[];
}

/** Loads a plugin and reads what it says of itself. @throws KdxError `KDX_PLUGIN_…` */
export async function describePlugin(request: string, project: string): Promise<PluginDescription> {
  const { factory, file, builtIn } = await loadFactory(request, project);
  const { definition } = factory;
  const options = schemaOf(definition, file);
  return {
    name: definition.name,
    request,
    version: definition.version,
    summary: definition.summary ?? '',
    requires: requiresOf(definition),
    file,
    builtIn,
    options,
    parameters: parametersOf(options),
  };
}

/** What it requires with its default options; nothing where it has none. */
function requiresOf({ requires, options }: PluginDefinition): readonly string[] {
  const defaults = (options as z.ZodType).safeParse({});
  return defaults.success ? capabilitiesOf(requires, defaults.data) : [];
}

function schemaOf({ name, options }: PluginDefinition, file: string): JsonSchema {
  try {
    return z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  } catch (cause) {
    throw kdxError(
      'KDX_PLUGIN_SHAPE',
      `The plugin "${name}" (${file}) has options that cannot be described: ${messageOf(cause)}`,
      { cause },
    );
  }
}

type Part = z.core.JSONSchema._JSONSchema;

const parametersOf = ({ properties }: JsonSchema): PluginParameter[] =>
  Object.entries(properties ?? {}).map(([name, part]) => {
    const { description = '', default: preset } = typeof part === 'boolean' ? {} : part;
    const fields = objectsOf(part).flatMap(parametersOf);
    return { name, takes: takesOf(part).join(' | '), preset, description, fields };
  });

/** What a value may be, in words. */
function takesOf(part: Part): string[] {
  if (typeof part === 'boolean') return [];
  const { enum: values, const: only, type, properties } = part;
  const item = itemOf(part);
  // A tab is to be seen.
  if (values)
    return values.map((value) => (/[^\P{C}]/u.test(String(value)) ? JSON.stringify(value) : String(value)));
  if (only !== undefined) return [String(only)];
  if (properties) return [`{ ${Object.keys(properties).join(', ')} }`];
  if (item !== undefined) return [`[${takesOf(item).join(' | ')}, …]`];
  const branches = branchesOf(part);
  return branches.length > 0 ? [...new Set(branches.flatMap(takesOf))] : [type ?? []].flat();
}

/** The objects that a value may be, or be a list of. */
function objectsOf(part: Part): JsonSchema[] {
  if (typeof part === 'boolean') return [];
  const item = itemOf(part);
  return part.properties
    ? [part]
    : [...branchesOf(part), ...(item === undefined ? [] : [item])].flatMap(objectsOf);
}

const branchesOf = ({ anyOf, oneOf }: JsonSchema): readonly Part[] => anyOf ?? oneOf ?? [];

/** Undefined for what is no list, or one whose places differ. */
const itemOf = ({ items }: JsonSchema): JsonSchema | undefined =>
  typeof items === 'object' && !Array.isArray(items) ? (items as JsonSchema) : undefined;
