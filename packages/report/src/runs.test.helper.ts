import { appendFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HeadScores, type RunEvent, type RunSummary, type Scores } from '@kdx/core';
import { RunLock } from '@kdx/core/run';
import type { ExecutionContext } from 'ava';

/** A temporary folder that goes with the test. */
export function temporaryFolder(t: Pick<ExecutionContext, 'teardown'>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kdx-report-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const scores = (top1: number, images = 100): Scores => ({ images, top1, top5: 90, loss: 2, ece: 0.1 });
export const heads = (top1: number): HeadScores => ({ class: scores(top1 - 1), fused: scores(top1) });

/** Events of a run of `epochs` epochs of two steps each, up to step `until`. */
export function eventsOf({ epochs = 3, until = 6 } = {}): RunEvent[] {
  const events: RunEvent[] = [{ type: 'run-start', run: 'r', resumedAt: 0, steps: 2 * epochs }];
  for (let step = 1; step <= until; step += 1) {
    const epoch = Math.floor((step - 1) / 2);
    events.push({
      type: 'step',
      step,
      epoch,
      loss: 5 - step / 10,
      terms: { 'classification/ce': 4 - step / 10, 'kd/logits': 1 },
      learningRate: 0.001 * step,
      imagesPerSecond: 100 + step,
    });
    if (step % 2 === 1) continue;
    events.push(
      { type: 'epoch', step, epoch, loss: 5 - step / 10, terms: {}, seconds: 10 },
      {
        type: 'evaluation',
        step,
        epoch,
        split: 'validation',
        weights: 'last',
        heads: heads(10 * (epoch + 1)),
      },
      { type: 'checkpoint', step, name: 'best', file: 'best.safetensors' },
      { type: 'checkpoint', step, name: 'last', file: 'last.safetensors' },
    );
  }
  return events;
}

/** A line for each event, a second apart. */
export const linesOf = (events: readonly RunEvent[]): string =>
  events
    .map((event, k) => `${JSON.stringify({ time: new Date(1e12 + 1000 * k).toISOString(), ...event })}\n`)
    .join('');

export const CONFIG = {
  kdx: '0.1.0',
  created: '2026-11-22T12:00:00.000Z',
  cwd: '/work',
  config: { student: 'cifar_resnet20', data: 'shapes', plugins: [['kd', {}]], epochs: 3, lr: 0.02, seed: 1 },
  resumableByName: true,
  pinned: {
    kdx: '0.1.0',
    backend: { name: 'wasm', build: 'b', threads: 1, device: 'cpu', precision: 'float32' },
    data: 'shapes abc',
    student: 'cifar_resnet20',
    teachers: ['cifar_resnet56 sha256:1'],
    plugins: ['classification@0.1.0 {}', 'kd@0.1.0 {"alpha":0.9}'],
    settings: '{}',
  },
  environment: { node: 'v20', platform: 'linux', cpu: 'one', tfjs: '4.22.0' },
};

export const SUMMARY: RunSummary = {
  run: 'r',
  student: 'cifar_resnet20',
  headRule: 'mean',
  epochs: 3,
  steps: 6,
  seconds: 42,
  parameters: 1234,
  trainLoss: 4.4,
  validation: { last: heads(30), best: heads(31), bestEpoch: 1 },
  test: { last: heads(29.5), best: heads(28) },
  files: {},
};

/** Writes a run's folder; what is undefined is not there. */
export function writeRun(
  directory: string,
  { config = CONFIG as unknown, events = linesOf(eventsOf()), summary = undefined as unknown } = {},
): string {
  mkdirSync(join(directory, 'checkpoints'), { recursive: true });
  writeFileSync(join(directory, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  writeFileSync(join(directory, 'events.jsonl'), events);
  if (summary !== undefined) writeFileSync(join(directory, 'summary.json'), JSON.stringify(summary));
  return directory;
}

export const append = (directory: string, text: string): void =>
  appendFileSync(join(directory, 'events.jsonl'), text);

/** Lets this process hold the run's lock. */
export function lock(directory: string): RunLock {
  const held = new RunLock(join(directory, 'run.lock'), directory);
  held.acquire();
  return held;
}
