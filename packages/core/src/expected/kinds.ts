import { TERM_GROUPS } from '../contracts/term.js';
import { describeValue, isPromise } from './describe-value.js';
import { aFunction, finite, list, object, oneOf, optional, type Shape, text, that, within } from './shape.js';

// What each kind of value that a plugin gives must be; the types of `contracts`, for plugins that no compiler has seen.

const HEAD_RULES = ['class', 'distillation', 'mean', 'sum-softmax'] as const;

export const headRule = oneOf(HEAD_RULES);

/** Checked without calling it; {@link checkedSchedule} checks what it gives. */
export const schedule = object(
  { at: aFunction, text },
  'a schedule { at(clock), text }, such as linear() gives',
);

const either =
  (a: Shape, b: Shape, expected: string): Shape =>
  (value) =>
    a(value) && b(value) ? { path: '', got: describeValue(value), expected } : undefined;

export const weight = either(finite, schedule, 'a finite number or a schedule, such as linear() gives');

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isPromise(value);

export const balance: Shape = (value) => {
  if (!isObject(value))
    return { path: '', got: describeValue(value), expected: 'an object of weights by group' };
  for (const [group, each] of Object.entries(value)) {
    const fault = within(group, optional(weight), each);
    if (fault) return fault;
  }
  return undefined;
};

export const texts = (expected: string): Shape => list(text, expected);

export const term = object(
  {
    id: that((value) => typeof value === 'string' && value !== '', 'a text that is not empty'),
    group: that((value) => typeof value === 'string', `one of ${TERM_GROUPS.join(', ')}`),
    weight: optional(weight),
    reads: texts('an array of names such as "student.logits"'),
    trains: optional(texts('an array of names such as "student"')),
    formula: optional(text),
    compute: aFunction,
  },
  'a term { id, group, reads, compute }',
);

const length = that(
  (value) => typeof value === 'string' || (typeof value === 'number' && value >= 0),
  'epochs, such as 5, or a share of the run, such as "10%"',
);

export const helperModule = object(
  {
    inputs: texts('an array of names such as "student.f1"'),
    build: aFunction,
    activeUntil: optional(length),
  },
  'a helper module { inputs, build }',
);
