import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Explanation, explainRun, isKdxError, type Plugin, type PluginFactory } from '@kdx/core';
import { prepareRun } from 'kdx';

/** From `test/dist/compose`. */
const PLUGINS = new URL('../../../packages/plugins/', import.meta.url);

/** What a run is made of for every composition: small enough to be wired in moments, deep enough for every method. */
const RUN = {
  teacher: 'cifar_resnet8',
  data: 'shapes?train=64&validation=12&test=12&classes=10',
  epochs: 12,
  batch: 16,
  schedule: 'constant',
  backend: 'wasm',
  threads: 1,
  out: false,
} as const;

/** A CNN and a ViT, by the name of their snapshot. */
export const STUDENTS = {
  cnn: 'cifar_resnet8',
  vit: 'deit_tiny_patch16_224?img=32&patch=8&dim=32&depth=4&heads=2',
} as const;

export type StudentKind = keyof typeof STUDENTS;

/** How a set of plugins composes: its explanation without versions, or its refusal. */
export type Outcome =
  | { readonly explanation: Omit<Explanation, 'plugins'> & { readonly plugins: readonly object[] } }
  | { readonly refused: { readonly code: string; readonly reason: string } };

interface PluginPackage {
  readonly folder: string;
  readonly factory: PluginFactory;
}

/** Every package under `packages/plugins` but the base task, which is part of all runs. */
export async function pluginPackages(): Promise<readonly PluginPackage[]> {
  const folders = readdirSync(PLUGINS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const packages = await Promise.all(
    folders.map(async (folder) => {
      const root = new URL(`${folder}/`, PLUGINS);
      const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
        exports: Record<'.', { default: string }>;
      };
      const file = fileURLToPath(new URL(manifest.exports['.'].default, root));
      const module = (await import(pathToFileURL(file).href)) as { default: PluginFactory };
      return { folder, factory: module.default };
    }),
  );
  return packages.filter(({ factory }) => !factory.definition.offers?.includes('task'));
}

/** Nothing, each alone, and each two; every set in the order of names. */
export function singlesAndPairs(names: readonly string[]): readonly (readonly string[])[] {
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b]));
  return [[], ...names.map((name) => [name]), ...pairs];
}

/** Wires a run of a student with plugins, named in this order, all with their defaults. */
export async function outcomeOf(
  kind: StudentKind,
  folders: readonly string[],
  packages: readonly PluginPackage[],
): Promise<Outcome> {
  const plugins = folders.map((folder): Plugin => {
    const found = packages.find((candidate) => candidate.folder === folder);
    if (!found) throw new Error(`packages/plugins has no "${folder}".`);
    return found.factory();
  });
  try {
    const run = await prepareRun({ ...RUN, student: STUDENTS[kind], plugins });
    try {
      const { plugins: told, ...explanation } = explainRun(run.composition);
      return { explanation: { plugins: told.map(({ version: _, ...plugin }) => plugin), ...explanation } };
    } finally {
      await run.dispose();
    }
  } catch (error) {
    if (!isKdxError(error)) throw error;
    return { refused: { code: error.code, reason: error.message } };
  }
}
