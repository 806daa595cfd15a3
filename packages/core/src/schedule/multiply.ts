import type { Schedule } from '../contracts/schedule.js';

/** The product of two schedules, e.g. a warm-up and a decay. */
export const multiply = (a: Schedule, b: Schedule): Schedule => ({
  at: (clock) => a.at(clock) * b.at(clock),
  text: [a.text, b.text].filter((text) => text !== '1').join(' · ') || '1',
});
