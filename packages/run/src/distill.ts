import { join } from 'node:path';
import {
  type DataSource,
  type Model,
  type ModelRecipe,
  type RunEvent,
  type RunSettingsInput,
  type RunSummary,
} from '@kdx/core';
import { type ClaimOptions, createRun, offersTask, type Run, runSettings } from '@kdx/core/run';
import { resolveData } from '@kdx/data';
import { classification } from '@kdx/task-classification';
import { type BackendSettings, isKdxError } from '@kdx/tensor';
import { type BackendName, selectBackend } from './backends/select-backend.js';
import { configError } from './config/config-error.js';
import { claimFolder, claimNewFolder } from './folder/claim-folder.js';
import { defaultRunDirectory } from './folder/directory.js';
import { checkPinned, type RunRecord } from './folder/record.js';
import { recordOf } from './folder/record-of.js';
import { type MadePlugin, makePlugins, type PluginEntry } from './plugins/make-plugins.js';
import { namedModel } from './plugins/named-model.js';

/** Where teachers' logits are kept unless a folder is named. */
const TEACHER_CACHE = join('.kdx', 'teacher-cache');
/** In seconds. */
const HOOK_TIMEOUT = 300;

type OneOrMore<T> = T | readonly T[];

/** What to distil. Everything that `kdx run` takes by name can be given as an object here. */
export interface DistillOptions extends RunSettingsInput {
  /** E.g. `'cifar_resnet20'`, or a recipe of your own from `defineModel`. */
  readonly student: string | ModelRecipe;
  /** E.g. `'cifar_resnet56@teacher.safetensors'`; none for teacher-free methods. */
  readonly teacher?: OneOrMore<string | ModelRecipe | Model>;
  /** E.g. `'cifar100:DIR'`, `'shapes'`, or a source of your own. */
  readonly data: string | DataSource;
  /** Methods, e.g. `[deit({ type: 'soft' })]`; falsy entries are ignored. */
  readonly plugins?: string | readonly PluginEntry[];
  /** Default `'auto'`, the fastest that loads. */
  readonly backend?: BackendName;
  /** `'cpu'`, `'cuda'`, `'cuda:1'` or `'auto'`. Default `'auto'`. */
  readonly device?: BackendSettings['device'];
  /** What products and convolutions compute in; `'auto'`: bf16 where it is right and faster. Default `'float32'`. */
  readonly precision?: BackendSettings['precision'];
  /** Threads of one kernel. Default `'auto'`: the back end measures once on a machine and keeps the number. */
  readonly threads?: BackendSettings['threads'];
  /** Keeps the teacher's logits on disk: true for `.kdx/teacher-cache`, or a folder. Default false. */
  readonly teacherCache?: boolean | string;
  /** Seconds after which a hook that has not settled fails the run. Default 300. */
  readonly hookTimeout?: number;
  /** The run's folder, or false to write nothing. Default `runs/<time>-<student>-<plugins>`. */
  readonly out?: string | false;
  /** Goes on with the run in this folder, which must have been begun with the same parts. */
  readonly resume?: string;
  /** Stops after the step in progress; what was done is saved. A reason that is a KdxError is what the run then ends with. */
  readonly signal?: AbortSignal;
  /** Observes the run. */
  readonly onEvent?: (event: RunEvent) => void;
}

export interface DistillResult {
  readonly summary: RunSummary;
  /** The trained student, last epoch; `predict` classifies images with it. */
  readonly student: Model;
  /** The run's folder, if it has one. */
  readonly directory: string | undefined;
  /** Frees the models. */
  dispose(): Promise<void>;
}

/** A run that is wired and recorded, before its first step. */
export interface PreparedRun extends Run {
  readonly directory: string | undefined;
  readonly record: RunRecord;
  readonly backendReason: string;
  /** What the back end decided by itself, a sentence each. */
  readonly backendNotes: readonly string[];
  /** What was named as plugins, and the files it came from. */
  readonly made: readonly MadePlugin[];
}

/**
 * Trains a student. Resolves names, wires the plugins, trains, evaluates and exports.
 *
 * ```ts
 * const { summary } = await distill({ student: 'cifar_resnet20', teacher: 'cifar_resnet56@t.safetensors',
 *   data: 'cifar100:data', plugins: [kd()], epochs: 30 });
 * ```
 * @throws KdxError whatever is wrong, with a stable code; most of it before the first step
 */
export async function distill(options: DistillOptions): Promise<DistillResult> {
  const run = await prepareRun(options);
  try {
    if (options.onEvent) run.events.on('event', options.onEvent);
    const summary = await run.fit({ signal: options.signal });
    const { student, data, headRule } = run.composition;
    student.weights = { labelNames: data.labelNames, headRule };
    return {
      summary,
      student,
      directory: run.directory,
      dispose: () => run.dispose(),
    };
  } catch (error) {
    // Report the original error even if cleanup fails too.
    await run.dispose().catch(() => {});
    throw error;
  }
}

/**
 * Everything of {@link distill} up to the first step; what `kdx run` and `kdx explain` share.
 * @param said what the record holds besides: where the values of the config are from; and who is called when the folder's
 *   lock is of another machine, which takes a while to find out about
 */
export async function prepareRun(
  options: DistillOptions,
  said: Pick<RunRecord, 'origins'> & Pick<ClaimOptions, 'onWait'> = {},
): Promise<PreparedRun> {
  const {
    student,
    teacher,
    data,
    plugins = [],
    backend = 'auto',
    device,
    precision,
    threads,
    teacherCache = false,
    hookTimeout = HOOK_TIMEOUT,
    out,
    resume,
    signal,
    onEvent,
    ...given
  } = options;
  const parsed = runSettings.safeParse(given);
  if (!parsed.success) throw configError(parsed.error, given, 'distill()');
  const settings = parsed.data;
  const selected = await selectBackend(backend, { device, precision, threads });
  const made = await makePlugins(plugins);
  const methods = made.map(({ plugin }) => plugin);
  const teachers = teacher === undefined ? [] : Array.isArray(teacher) ? teacher : [teacher];
  const named = methods.some(({ definition }) => offersTask(definition));

  const waiting = { signal, onWait: said.onWait };
  const folder =
    resume !== undefined
      ? await claimFolder(resume, true, waiting)
      : out === undefined
        ? await claimNewFolder(defaultRunDirectory(student, methods), waiting)
        : out !== false && (await claimFolder(out, false, waiting));
  const { store, abandon } = folder || {};
  const directory = store?.directory;
  const run = await createRun({
    name: directory ?? 'in memory',
    store,
    student,
    teachers,
    data,
    plugins: named ? methods : [...methods, classification()],
    settings,
    backend: selected.info,
    teacherCache:
      teacherCache === false
        ? undefined
        : { directory: teacherCache === true ? TEACHER_CACHE : teacherCache },
    hookTimeoutMs: hookTimeout * 1000,
    resolvers: { model: namedModel, data: resolveData },
  }).catch((error: unknown) => {
    abandon?.();
    throw error;
  });
  try {
    if (signal?.aborted && isKdxError(signal.reason)) throw signal.reason;
    const { composition } = run;
    const record = await recordOf({
      student,
      teachers,
      data,
      made,
      settings,
      backend: selected.info,
      composition,
      ...(teacherCache === false ? {} : { teacherCache }),
      ...(hookTimeout === HOOK_TIMEOUT ? {} : { hookTimeout }),
      origins: said.origins,
    });
    const { pinned } = record;
    if (store && resume !== undefined) {
      checkPinned(store.readJson<Partial<RunRecord>>('config.json').pinned, pinned, store.directory);
    } else store?.writeJson('config.json', record);
    return { ...run, directory, record, backendReason: selected.why, backendNotes: selected.notes, made };
  } catch (error) {
    // Report the original error even if cleanup fails too.
    await run.dispose().catch(() => {});
    abandon?.();
    throw error;
  }
}
