import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '@kdx/core';

/** When everything in a log made by {@link writeLog} happened. */
export const LOG_TIME = '2026-03-01T12:00:00.250Z';

/** Adds events to a folder's `events.jsonl`, as a run does: for tests of what observes one. */
export function writeLog(directory: string, ...events: readonly RunEvent[]): void {
  const lines = events.map((event) => `${JSON.stringify({ time: LOG_TIME, ...event })}\n`);
  appendFileSync(join(directory, 'events.jsonl'), lines.join(''));
}

const scores = (top1: number) => ({ images: 10, top1, top5: 90, loss: 0, ece: 0.01 });

/** Events as a run says them, each for a step of epoch 0, which counts from 1. */
export const sampleEvents = {
  /** @param terms their values; each has the weight 0.5 */
  step: (step: number, terms: Readonly<Record<string, number>>): RunEvent => ({
    type: 'step',
    step,
    epoch: 0,
    loss: step / 10,
    terms,
    weights: Object.fromEntries(Object.keys(terms).map((id) => [id, 0.5])),
    learningRate: 0.1,
    imagesPerSecond: 100,
  }),
  /** Two heads and what they are fused to. */
  evaluation: (step: number, weights: 'last' | 'ema' = 'last'): RunEvent => ({
    type: 'evaluation',
    step,
    epoch: 0,
    split: 'validation',
    weights,
    heads: { class: scores(40), distillation: scores(41), fused: scores(42) },
  }),
  epoch: (step: number): RunEvent => ({
    type: 'epoch',
    step,
    epoch: 0,
    loss: 1.5,
    terms: { 'kd/logits': 2 },
    seconds: 3,
  }),
  teacher: { type: 'teacher', name: 'big', split: 'validation', scores: scores(72.63) },
} as const satisfies Record<string, RunEvent | ((step: number, ...more: never[]) => RunEvent)>;
