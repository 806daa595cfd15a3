import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, RunSummary } from '@kdx/core';
import { jsonLines } from './cli.js';

/** Files of a run that an interruption must not change. */
export const RESULT_FILES = [
  'student.safetensors',
  'student.best.safetensors',
  'student.ema.safetensors',
  'checkpoints/last.safetensors',
  'checkpoints/best.safetensors',
] as const;

export const readJson = <T>(...path: string[]): T => JSON.parse(readFileSync(join(...path), 'utf8')) as T;

export const readSummary = (run: string): RunSummary => readJson(run, 'summary.json');

/** Every line of a run's `events.jsonl`, parsed. */
export const readEvents = (run: string): RunEvent[] =>
  jsonLines<RunEvent>(readFileSync(join(run, 'events.jsonl'), 'utf8'));

/** Files that a killed process left half made, anywhere in the run's folder. */
export const leftovers = (run: string): string[] =>
  readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((file) => file.includes('.tmp-'));

/** The files of {@link RESULT_FILES} whose bytes differ between two runs, or that only one of them has. */
export const differentFiles = (a: string, b: string): string[] =>
  RESULT_FILES.filter((file) => {
    const [ours, theirs] = [join(a, file), join(b, file)];
    if (!existsSync(ours) || !existsSync(theirs)) return existsSync(ours) || existsSync(theirs);
    return !readFileSync(ours).equals(readFileSync(theirs));
  });

/** A summary without what depends on the clock or the folder. */
export function scoresOf(run: string): Omit<RunSummary, 'seconds' | 'run' | 'files'> {
  const { seconds, run: name, files, ...scores } = readSummary(run);
  return scores;
}

/** What happens more than once or out of order in a run's events; empty for a sound log. */
export function eventFaults(events: readonly RunEvent[]): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  let step = 0;
  let logged = 0;
  for (const event of events) {
    if (event.type === 'run-start') continue;
    const detail =
      'split' in event ? `${event.split} ${'weights' in event ? event.weights : event.name}` : '';
    const at = 'step' in event ? event.step : 0;
    const key = `${event.type} ${at} ${event.type === 'checkpoint' ? event.name : detail}`;
    if (event.type !== 'log' && event.type !== 'warning' && seen.has(key)) faults.push(`twice: ${key}`);
    seen.add(key);
    if (at < step) faults.push(`step falls from ${step}: ${key}`);
    step = at;
    if (event.type === 'step') {
      if (event.step <= logged) faults.push(`logged step does not rise: ${key}`);
      logged = event.step;
    }
  }
  return faults;
}
