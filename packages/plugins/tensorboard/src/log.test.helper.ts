import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '@kdx/core';

export const folder = (): string => mkdtempSync(join(tmpdir(), 'kdx-tensorboard-'));

export const TIME = '2026-03-01T12:00:00.250Z';

/** Adds events to a folder's `events.jsonl`, as the engine does. */
export function log(directory: string, ...events: readonly RunEvent[]): void {
  const lines = events.map((event) => `${JSON.stringify({ time: TIME, ...event })}\n`);
  appendFileSync(join(directory, 'events.jsonl'), lines.join(''));
}

export const step = (at: number, terms: Record<string, number>): RunEvent => ({
  type: 'step',
  step: at,
  epoch: 0,
  loss: at / 10,
  terms,
  weights: Object.fromEntries(Object.keys(terms).map((id) => [id, 0.5])),
  learningRate: 0.1,
  imagesPerSecond: 100,
});

const scores = (top1: number) => ({ images: 10, top1, top5: 90, loss: 0, ece: 0.01 });

export const teacher = {
  type: 'teacher',
  name: 'big',
  split: 'validation',
  scores: scores(72.63),
} as const satisfies RunEvent;

export const evaluation = (at: number, weights: 'last' | 'ema' = 'last'): RunEvent => ({
  type: 'evaluation',
  step: at,
  epoch: 0,
  split: 'validation',
  weights,
  heads: { class: scores(40), distillation: scores(41), fused: scores(42) },
});

export const epoch = (at: number): RunEvent => ({
  type: 'epoch',
  step: at,
  epoch: 0,
  loss: 1.5,
  terms: { 'kd/logits': 2 },
  seconds: 3,
});
