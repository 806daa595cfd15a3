import { join } from 'node:path';
import { definePlugin, type Plugin } from '@kdx/core';
import { type Composition } from '@kdx/core/run';
import { saveWeights } from '@kdx/models';
import { exportState, type HostTensor, type Parameter, toDisk, writeSafetensors } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { BATCH, CLASSES, IMAGE, STAGE1 } from './dearkd-run.js';

export interface Recording {
  /** Gets what each step begins with. */
  readonly folder: string;
  /** Gets what each step computes. */
  readonly into: Map<string, HostTensor>;
  /** Helper modules, which are read in the first stage. */
  readonly modules: readonly string[];
  /** First epoch that does without the teacher. */
  readonly alone: number;
  /** The run's, which is there once it has begun. */
  readonly composition: () => Composition;
}

/** A plugin that looks on. */
export function recorder({ folder, into, modules, alone, composition }: Recording): Plugin {
  const write = (name: string, epoch: number, tensors: ReadonlyMap<string, HostTensor>) =>
    writeSafetensors(join(folder, `${name}-${epoch}.safetensors`), tensors, {});
  return definePlugin({
    name: 'recorder',
    version: '1.0.0',
    kdx: '^1.0.0',
    summary: 'Keeps what steps begin with and compute',
    options: z.strictObject({}),
    setup(ctx) {
      /** A term of value 0, in the epochs below `end` only: what it reads is there then without it too. */
      const watch = (id: string, end: number, refs: Readonly<Record<string, string>>): void =>
        ctx.addTerm({
          id,
          group: 'aux',
          weight: { at: ({ epoch }) => (epoch < end ? 1 : 0), text: `1 before epoch ${end}` },
          reads: Object.values(refs),
          compute: ({ read, clock: { epoch } }) => {
            for (const [name, ref] of Object.entries(refs)) {
              const tensor = read(ref);
              const data = tensor.dataSync().slice() as Float32Array;
              into.set(`${epoch}/${name}`, { shape: tensor.shape, data });
            }
            return tf.scalar(0);
          },
        });
      watch('heads', ctx.epochs, {
        'logits/class': 'student.logits',
        'logits/distillation': 'student.heads.distillation',
      });
      watch('teacher', alone, { 'logits/teacher': 'teacher.logits' });
      const maps = modules.map((name) => [`maps/${name}`, `module.dearkd/${name}`]);
      watch('maps', STAGE1, Object.fromEntries(maps));

      ctx.hook('batch', async (batch, { epoch }) => {
        const tensors = {
          images: { shape: [BATCH, ...IMAGE], data: batch.images },
          targets: { shape: [BATCH, CLASSES], data: batch.targets },
        };
        await write('batch', epoch, new Map(Object.entries(tensors)));
        return batch;
      });
      ctx.hook('stepStart', async ({ epoch }) => {
        await saveWeights(composition().student, join(folder, `student-${epoch}.safetensors`));
        await write('modules', epoch, await modulesState(composition()));
      });
      ctx.hook('gradients', (gradients, { epoch }) => {
        for (const [name, parameter] of learnersOf(composition())) {
          const gradient = gradients.get(name)?.dataSync().slice() as Float32Array | undefined;
          if (gradient) into.set(`${epoch}/gradient/${plain(name)}`, toDisk(parameter, gradient));
        }
      });
      ctx.hook('stepEnd', async ({ epoch }) => {
        const { parameters, buffers } = composition().student;
        for (const [name, state] of await exportState(parameters, buffers))
          into.set(`${epoch}/after/student/${name}`, state);
        for (const [name, state] of await modulesState(composition()))
          into.set(`${epoch}/after/${name}`, state);
      });
    },
  })();
}

/** `module/dearkd/aligner/norm.weight` → `aligner/norm.weight` */
const plain = (name: string): string => name.replace(/^module\/dearkd\//, '');

/** All that learns, by the names of its gradients. */
export function learnersOf({ student, modules }: Composition): Map<string, Parameter> {
  const learners = new Map<string, Parameter>();
  for (const [name, parameter] of student.parameters) learners.set(`student/${name}`, parameter);
  for (const [id, { store }] of modules)
    for (const [name, parameter] of store.parameters) learners.set(`module/${id}/${name}`, parameter);
  return learners;
}

/** `aligner/norm.weight`, `target/running_mean`, … */
async function modulesState({ modules }: Composition): Promise<Map<string, HostTensor>> {
  const state = new Map<string, HostTensor>();
  for (const [id, { store }] of modules)
    for (const [name, tensor] of await exportState(store.parameters, store.buffers))
      state.set(plain(`module/${id}/${name}`), tensor);
  return state;
}
