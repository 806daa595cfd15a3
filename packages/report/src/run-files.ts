import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, messageOf, parseJson, readText, statIfThere } from '@kdx/tensor';
import type { ConfusionView } from './page/page-data.js';
import { CONFUSION, PINNED, RECORD, type SoundRecord, type SoundSummary, SUMMARY } from './run-schemas.js';
import { type SoundParts, soundParts } from './sound-parts.js';

/** What stands beside the events of a run. A damaged file is treated as missing, and noted on the page. */
export interface RunFiles {
  readonly record: SoundRecord;
  readonly summary: SoundSummary | undefined;
  readonly confusion: ConfusionView | undefined;
  readonly notes: readonly string[];
}

const NAMES = ['config.json', 'summary.json', 'confusion.json'] as const;

/** Changes when one of the files does. */
export const filesVersion = (directory: string): string =>
  NAMES.map((name) => {
    const found = statIfThere(join(directory, name));
    return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : '';
  }).join();

export function readRunFiles(directory: string): RunFiles {
  const notes: string[] = [];
  const [record, summary, confusion] = NAMES.map((name) => {
    const file = join(directory, name);
    if (!existsSync(file)) return undefined;
    let why = 'it is not an object';
    try {
      const value = parseJson(readText(file));
      if (isJsonObject(value)) return value;
    } catch (error) {
      why = messageOf(error);
    }
    notes.push(`${name} is damaged (not JSON, or not what kdx writes: ${why}) and left out.`);
    return undefined;
  });
  return {
    record: record ? recordOf(record, notes) : {},
    summary: summary && partsOf('summary.json', summary, SUMMARY, notes),
    confusion: confusion && confusionOf(confusion, notes),
    notes,
  };
}

function recordOf(value: object, notes: string[]): SoundRecord {
  const odd: string[] = [];
  const { pinned: given, ...record } = soundParts(value, RECORD, odd);
  const oddPinned: string[] = [];
  const pinned = given && soundParts(given, PINNED, oddPinned);
  say('config.json', [...odd, ...oddPinned.map((part) => `pinned.${part}`)], notes);
  return { ...record, pinned };
}

function partsOf<S extends Parameters<typeof soundParts>[1]>(
  name: string,
  value: object,
  shape: S,
  notes: string[],
): SoundParts<S> {
  const odd: string[] = [];
  const parts = soundParts(value, shape, odd);
  say(name, odd, notes);
  return parts;
}

function say(name: string, odd: readonly string[], notes: string[]): void {
  if (odd.length === 0) return;
  notes.push(`${name} lacks parts of what kdx writes, or has others in their place: ${odd.join(', ')}.`);
}

function confusionOf(value: object, notes: string[]): ConfusionView | undefined {
  const { data } = CONFUSION.safeParse(value);
  if (!data) notes.push('confusion.json is not what kdx writes and left out.');
  return data;
}
