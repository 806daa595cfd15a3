import { describeValue } from './describe-value.js';
import { isObject, texts } from './kinds.js';
import {
  aFunction,
  all,
  anything,
  list,
  object,
  oneOf,
  optional,
  type Shape,
  text,
  whole,
  within,
} from './shape.js';

// What each service that a plugin provides must be.

export const optimizerRule = object(
  { name: text, text, slots: texts('an array of names'), update: aFunction },
  'a rule { name, text, slots, update }, such as sgd() gives',
);

export const evaluator = object(
  { teachers: aFunction, student: aFunction },
  'an evaluator { teachers(signal), student(split, weights, at) }',
);

export const eventSink = object(
  { append: aFunction, cutAfter: aFunction, epochSeconds: aFunction, close: aFunction },
  'a sink { append(event), cutAfter(step), epochSeconds(), close() }',
);

const scoreLabel = object(
  { label: text, unit: optional(text), digits: optional(whole(0)) },
  'a label { label, unit } for each score',
);

export const task: Shape = all(
  object(
    {
      name: text,
      headline: object(
        { name: text, better: oneOf(['higher', 'lower'] as const) },
        "a headline { name, better: 'higher' | 'lower' }",
      ),
      terms: list(anything, 'an array of terms'),
      outputs: aFunction,
      targetShape: aFunction,
      collate: aFunction,
      score: aFunction,
      mixing: optional(aFunction),
      chance: optional(aFunction),
      warnings: optional(aFunction),
      compareNormalizations: optional(aFunction),
    },
    'a task { name, headline, scores, terms, outputs, targetShape, collate, score }',
  ),
  (value) => {
    const { scores, headline } = value as { scores: unknown; headline: { name: string } };
    if (!isObject(scores))
      return { path: 'scores', got: describeValue(scores), expected: 'an object of labels by score' };
    for (const [name, label] of Object.entries(scores)) {
      const fault = within(`scores.${name}`, scoreLabel, label);
      if (fault) return fault;
    }
    if (Object.hasOwn(scores, headline.name)) return undefined;
    const expected = `one of the scores ${Object.keys(scores).join(', ')}`;
    return { path: 'headline.name', got: describeValue(headline.name), expected };
  },
);

export const storage = object(
  {
    directory: text,
    events: eventSink,
    path: aFunction,
    checkpoint: aFunction,
    hasCheckpoint: aFunction,
    writeJson: aFunction,
    claim: aFunction,
    confirm: aFunction,
    close: aFunction,
  },
  'a store with directory, events, path(), checkpoint(), hasCheckpoint(), writeJson(), claim(), confirm() and close()',
);
