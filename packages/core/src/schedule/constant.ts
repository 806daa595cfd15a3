import type { Schedule } from '../contracts/schedule.js';
import { numberText } from './number-text.js';

/** The same value throughout. */
export const constant = (value: number): Schedule => ({ at: () => value, text: numberText(value) });
