import { torchBackend } from '@kdx/backend-torch';
import { wasmBackend } from '@kdx/backend-wasm';
import { type DataSource, type Model, type Plugin } from '@kdx/core';
import { createRun, type Run, runSettings } from '@kdx/core/run';
import { fromArrays } from '@kdx/data';
import { model } from '@kdx/models';
import { type DearkdOptions, dearkd } from '@kdx/plugin-dearkd';
import { classification } from '@kdx/task-classification';
import { keyedRng } from '@kdx/tensor';

/** E, of one step each. */
export const EPOCHS = 5;
/** E1. */
export const STAGE1 = 2;
export const LR = 1e-3;
export const WEIGHT_DECAY = 0.05;
export const BATCH = 6;
export const IMAGE = [16, 16, 3] as const;
export const CLASSES = 10;
/** A ViT of 3 blocks, without its stochastic depth. */
export const STUDENT_OPTIONS = 'img=16&patch=4&dim=24&depth=3&drop-path=0';

const TEACHER = 'cifar_resnet8?img=16';
/** Other than the data's. */
const TEACHER_STATISTICS = { mean: [0.45, 0.5, 0.55], std: [0.3, 0.25, 0.2] };

export interface DearkdRun {
  readonly backend: 'wasm' | 'torch';
  readonly options: DearkdOptions;
  readonly beside?: readonly Plugin[];
  /** Images of a test split. Default none. */
  readonly test?: number;
}

/** A wired run of one step an epoch, with mixed and smoothed targets. */
export interface WiredDearkd {
  readonly run: Run;
  readonly teacher: Model;
  readonly data: DataSource;
  dispose(): Promise<void>;
}

export async function dearkdRun({
  backend,
  options,
  beside = [],
  test = 0,
}: DearkdRun): Promise<WiredDearkd> {
  const info = await (backend === 'torch' ? torchBackend() : wasmBackend()).load({ threads: 1 });
  const data = randomData(test);
  const teacher = await model(TEACHER).build({ classes: CLASSES, ...TEACHER_STATISTICS, seed: 3 });
  const run = await createRun({
    name: 'parity',
    student: model(`deit_tiny_patch16_224?${STUDENT_OPTIONS}`),
    teachers: [teacher],
    data,
    plugins: [classification(), dearkd(options), ...beside],
    settings: runSettings.parse({
      epochs: EPOCHS,
      batch: BATCH,
      lr: LR,
      optimizer: { name: 'adamw', weightDecay: WEIGHT_DECAY },
      schedule: 'constant',
      mixup: 0.8,
      cutmix: 1,
      labelSmoothing: 0.1,
      teacherImages: 0,
      logEvery: 1,
    }),
    backend: info,
  });
  const dispose = async (): Promise<void> => {
    await run.dispose();
    teacher.dispose();
  };
  return { run, teacher, data, dispose };
}

function randomData(test: number): DataSource {
  const split = (images: number, purpose: string) => {
    const rng = keyedRng(7, purpose);
    return {
      images: Uint8Array.from({ length: images * IMAGE[0] * IMAGE[1] * IMAGE[2] }, () => rng.integer(256)),
      labels: Array.from({ length: images }, (_, i) => i % CLASSES),
    };
  };
  return fromArrays({
    ...split(BATCH, 'training images'),
    ...(test > 0 ? { test: split(test, 'test images') } : {}),
    imageSize: IMAGE,
    labelNames: Array.from({ length: CLASSES }, (_, k) => String(k)),
  });
}
