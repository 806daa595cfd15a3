import type { EventTail } from './event-tail.js';

interface Damage {
  /** Why the log cannot be read, if it cannot. */
  readonly unreadable: string | undefined;
  readonly tail: Pick<EventTail, 'damaged' | 'cutOff'>;
  /** Logged values that are none. */
  readonly unusable: number;
  readonly running: boolean;
}

/** What is wrong with the log of a run, a sentence for each fault. */
export function damageNotes({ unreadable, tail, unusable, running }: Damage): string[] {
  const { damaged, cutOff } = tail;
  const notes = unreadable === undefined ? [] : [unreadable];
  if (damaged.length > 0) {
    const lines = damaged.slice(0, 5).join(', ');
    const many = damaged.length === 1 ? 'a damaged line' : `${damaged.length} damaged lines`;
    notes.push(`events.jsonl has ${many} (${lines}${damaged.length > 5 ? ', …' : ''}), left out.`);
  }
  if (cutOff && !running)
    notes.push('events.jsonl ends in half a line, as a run leaves it that is killed while it writes.');
  if (unusable > 0) {
    const values = unusable === 1 ? 'value is' : 'values are';
    notes.push(`${unusable} logged ${values} not a finite number, left out.`);
  }
  return notes;
}
