import { capabilitiesOf, KdxError, messageOf, type PluginDefinition } from '@kdx/core';
import { z } from 'zod';
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
  /** E.g. `number` or `hard | soft`. */
  readonly takes: string;
  readonly preset: unknown;
  readonly description: string;
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
    parameters: Object.entries(options.properties ?? {}).map(([name, part]) => parameter(name, part)),
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
    throw new KdxError(
      'KDX_PLUGIN_SHAPE',
      `The plugin "${name}" (${file}) has options that cannot be described: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function parameter(name: string, part: z.core.JSONSchema._JSONSchema): PluginParameter {
  const { description = '', default: preset } = typeof part === 'boolean' ? {} : part;
  return { name, takes: takesOf(part).join(' | '), preset, description };
}

/** What a value may be, in words. */
function takesOf(part: z.core.JSONSchema._JSONSchema): unknown[] {
  if (typeof part === 'boolean') return [];
  const { enum: values, const: only, type, anyOf } = part;
  if (values) return values;
  if (only !== undefined) return [only];
  return anyOf ? [...new Set(anyOf.flatMap(takesOf))] : [type ?? []].flat();
}
