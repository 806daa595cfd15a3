import { type Plugin, type RunSettingsInput, type RunStore, teacherName } from '@kdx/core';
import { capabilitiesOf, createRun, offersTask, type Run, resolvePlugins, runSettings } from '@kdx/core/run';
import * as tf from '@tensorflow/tfjs';
import type { Subject } from '../subject.js';
import { baseTask } from './base-task.js';
import { kitImages } from './images.js';
import { kitModel } from './models.js';
import { type SeenForward, watched } from './watched-model.js';

export interface KitRunOptions {
  /** Default: the subject's plugin, a task where it brings none, and what it needs beside it. */
  readonly plugins?: readonly Plugin[];
  /** Plugins of a check, on top. */
  readonly more?: readonly Plugin[];
  /** Default 5. */
  readonly classes?: number;
  /** Training images; a batch has 4. Default 12. */
  readonly train?: number;
  /** Default 0. */
  readonly validation?: number;
  readonly settings?: RunSettingsInput;
  readonly store?: RunStore;
  /** Is told every forward of every model. */
  readonly seen?: (forward: SeenForward) => void;
}

/** A run of the kit's models with the plugin, wired and not begun. Uses the back end that is set, else the CPU's. */
export async function kitRun(subject: Subject, options: KitRunOptions = {}): Promise<Run> {
  if (!tf.getBackend()) await tf.setBackend('cpu');
  const { classes = 5, train = 12, validation = 0, store, seen = () => {} } = options;
  const teacher = (index: number) => watched(kitModel(subject.teacher), teacherName(index), seen);
  return createRun({
    name: 'conformance',
    student: watched(kitModel(subject.student), 'student', seen),
    teachers: Array.from({ length: subject.teachers }, (_, index) => teacher(index)),
    data: kitImages({ classes, train, validation }),
    plugins: [...(options.plugins ?? pluginsOf(subject)), ...(options.more ?? [])],
    backend: { name: tf.getBackend(), build: '', threads: 1, device: 'cpu', precision: 'float32' },
    store,
    settings: runSettings.parse({
      epochs: 2,
      batch: 4,
      lr: 0.01,
      logEvery: 1,
      evaluationBatch: 4,
      teacherImages: 0,
      ...options.settings,
    }),
  });
}

/** The plugin with what it requires of those given beside it, and a task unless one of them offers one. */
export function pluginsOf(subject: Subject): Plugin[] {
  const plugin = subject.make();
  const required = capabilitiesOf(subject.definition.requires, plugin.options);
  const needed = subject.beside
    .map((make) => make())
    .filter(({ definition: { name, offers = [] } }) =>
      [`plugin:${name}`, ...offers].some((capability) => required.includes(capability)),
    );
  return withTask([plugin, ...needed]);
}

/** These plugins with the kit's task, unless one of them offers a task. */
export function withTask(plugins: readonly Plugin[]): Plugin[] {
  const offered = resolvePlugins(plugins).ordered.some(({ definition }) => offersTask(definition));
  return offered ? [...plugins] : [baseTask(), ...plugins];
}

/** Uses a run and frees it, whatever happens. */
export async function usingRun<T>(run: Run, use: (run: Run) => Promise<T>): Promise<T> {
  try {
    return await use(run);
  } finally {
    await run.dispose();
  }
}
