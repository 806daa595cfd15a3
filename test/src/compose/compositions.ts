import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Plugin, type PluginFactory } from '@kdx/core';
import { type Explanation, explainRun } from '@kdx/core/inspect';
import { model } from '@kdx/models';
import { SYNTHESIS_PRESETS, synthesize } from '@kdx/plugin-df-dearkd';
import { prepareRun } from '@kdx/run';
import { isKdxError } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';

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

/** Every package under `packages/plugins` but the base task, which is part of all runs, and observers, which change none. */
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
  await makePool();
  return packages.filter(({ factory }) =>
    (factory.definition.offers ?? []).every((offer) => offer !== 'task' && offer !== 'observer'),
  );
}

/** Nothing, each alone, and each two; every set in the order of names. */
export function singlesAndPairs(names: readonly string[]): readonly (readonly string[])[] {
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b]));
  return [[], ...names.map((name) => [name]), ...pairs];
}

/** Where a pool for the run's data lies. */
const POOL = mkdtempSync(join(tmpdir(), 'kdx-pool-'));

/** What a plugin cannot do without. All others have their defaults. */
const OPTIONS: Readonly<Record<string, object | undefined>> = { 'df-dearkd': { pool: POOL } };

/** A pool of noise for the run's data. */
async function makePool(): Promise<void> {
  await tf.setBackend('cpu');
  const inverted = await model(RUN.teacher).build({ classes: 10, imageSize: [32, 32, 3] });
  const settings = { ...SYNTHESIS_PRESETS.cifar, classesPerBatch: 10, imagesPerClass: 2, phases: [] };
  const identity = { name: inverted.spec.name, sha256: '0'.repeat(64) };
  process.once('exit', () => rmSync(POOL, { recursive: true, force: true }));
  await synthesize({ inverted: { model: inverted, identity }, directory: POOL, images: 20, settings });
  inverted.dispose();
}

/** Wires a run of a student with plugins, named in this order. */
export async function outcomeOf(
  kind: StudentKind,
  folders: readonly string[],
  packages: readonly PluginPackage[],
): Promise<Outcome> {
  const plugins = folders.map((folder): Plugin => {
    const found = packages.find((candidate) => candidate.folder === folder);
    if (!found) throw new Error(`packages/plugins has no "${folder}".`);
    return found.factory(OPTIONS[folder]);
  });
  try {
    const run = await prepareRun({ ...RUN, student: STUDENTS[kind], plugins });
    try {
      const { plugins: told, ...explanation } = explainRun(run.composition);
      return nameless({
        explanation: { plugins: told.map(({ version: _, ...plugin }) => plugin), ...explanation },
      });
    } finally {
      await run.dispose();
    }
  } catch (error) {
    if (!isKdxError(error)) throw error;
    return nameless({ refused: { code: error.code, reason: error.message } });
  }
}

/** Without the folder that this process has made. */
const nameless = (outcome: Outcome): Outcome =>
  JSON.parse(JSON.stringify(outcome).replaceAll(POOL, 'pools/noise')) as Outcome;
