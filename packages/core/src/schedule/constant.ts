import type { Schedule } from '../contracts/schedule.js';

/** The same value throughout. */
export const constant = (value: number): Schedule => ({ at: () => value, text: String(value) });
