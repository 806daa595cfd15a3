import type { DataSource, Model, ModelRecipe, RunSettings } from '@kdx/core';
import type { Composition } from '@kdx/core/run';
import { model } from '@kdx/models';
import type { BackendInfo } from '@kdx/tensor';
import type { MadePlugin } from '../plugins/make-plugins.js';
import { pluginCode } from './plugin-code.js';
import { environment, hashFile, type Pinned, type RunRecord, stableJson } from './record.js';
import { KDX_VERSION } from './version.js';

type ModelPart = string | ModelRecipe | Model;

interface Recorded {
  readonly student: string | ModelRecipe;
  readonly teachers: readonly ModelPart[];
  readonly data: string | DataSource;
  readonly made: readonly MadePlugin[];
  readonly settings: RunSettings;
  readonly backend: BackendInfo;
  readonly composition: Composition;
  /** Where it is not the default. */
  readonly teacherCache?: boolean | string;
  /** In seconds, where it is not the default. */
  readonly hookTimeout?: number;
  readonly origins: RunRecord['origins'];
}

/** What `config.json` keeps of a run: its config, what a resume pins, where it ran. */
export async function recordOf(run: Recorded): Promise<RunRecord> {
  const { student, teachers, data, made, settings, backend, teacherCache, hookTimeout, origins } = run;
  return {
    kdx: KDX_VERSION,
    created: new Date().toISOString(),
    cwd: process.cwd(),
    config: {
      student: nameOf(student),
      ...(teachers.length > 0 ? { teacher: teachers.map(nameOf) } : {}),
      data: nameOf(data),
      plugins: made.map(({ entry }) => entry),
      backend: backend.name,
      device: backend.device,
      precision: backend.precision,
      threads: backend.threads,
      ...(teacherCache === undefined ? {} : { teacherCache }),
      ...(hookTimeout === undefined ? {} : { hookTimeout }),
      ...settings,
    },
    ...(origins === undefined ? {} : { origins }),
    resumableByName:
      [student, data, ...teachers].every((part) => typeof part === 'string') &&
      made.every(({ byName }) => byName),
    pinned: await pinnedOf(run),
    environment: environment(),
  };
}

/** What a resume must find unchanged. */
async function pinnedOf({
  student,
  teachers,
  made,
  settings,
  backend,
  composition,
}: Recorded): Promise<Pinned> {
  return {
    kdx: KDX_VERSION,
    backend,
    data: `${composition.data.name} ${composition.data.digest}`,
    student: await weightsOf(student),
    teachers: await Promise.all(teachers.map(weightsOf)),
    plugins: composition.plugins.ordered.map(({ definition, options }) => {
      const hash = made.find(({ plugin }) => plugin.definition === definition)?.sha256;
      return `${definition.name}@${definition.version} ${stableJson(options)}${hash ? ` sha256:${hash}` : ''}`;
    }),
    code: pluginCode(composition.plugins.ordered, made),
    settings: JSON.stringify(settings),
  };
}

const nameOf = (part: string | { readonly name: string } | Model): string =>
  typeof part === 'string' ? part : 'forward' in part ? part.spec.name : part.name;

/** A model, and the sha256 of its weights where it has some. */
async function weightsOf(part: ModelPart): Promise<string> {
  if (typeof part !== 'string' && 'forward' in part) return part.spec.name;
  const recipe = typeof part === 'string' ? model(part) : part;
  return recipe.weights ? `${recipe.name} sha256:${await hashFile(recipe.weights)}` : recipe.name;
}
