import { runSettings } from '@kdx/core/run';
import { didYouMean, type KdxError, keysAt } from '@kdx/tensor';
import type { z } from 'zod';
import { kdxError } from '../errors.js';
import { KINDS } from './merge-layers.js';
import { shownValue } from './shown-value.js';

type Issue = z.core.$ZodIssue;

/** Parts of a run that are no settings; `kdx run` takes them as flags of the same names. */
const PARTS = [
  ...['student', 'teacher', 'data', 'plugins', 'backend', 'device', 'precision', 'threads'],
  ...['teacherCache', 'hookTimeout', 'out'],
];

/** Keys of a file that are no part of one run. */
const OF_FILES: Readonly<Record<string, string>> = {
  recipe: 'use --recipe, or recipe at the top of a config file',
  arms: 'use arms at the top of a config file',
  seeds: 'use --seeds of "kdx bench", or seeds at the top of a config file',
};

/** What keys are of. */
export interface KeyOwner {
  readonly schema: z.ZodType;
  /** The command whose help lists them. */
  readonly command: string;
  /** Keys at the top that the schema does not have. */
  readonly more: readonly string[];
}

const OF_A_RUN: KeyOwner = {
  schema: runSettings,
  command: 'kdx run',
  more: [...PARTS, ...Object.keys(OF_FILES)],
};

/**
 * What is wrong with a config, in words: the path of each wrong key, what it takes and what it got.
 * @param where named first: a file, `The command line`, `distill()`
 * @param owner default: a run
 */
export function configError(
  { issues }: z.ZodError,
  given: unknown,
  where: string,
  owner: KeyOwner = OF_A_RUN,
): KdxError {
  const wrong = issues.map((issue) => describe(issue, given, owner)).join('; ');
  return kdxError(
    'KDX_CONFIG',
    `${where}: ${wrong}${wrong.endsWith('?') ? '' : '.'} "${owner.command} --help-all" lists the keys.`,
  );
}

function describe(issue: Issue, given: unknown, { schema, more }: KeyOwner): string {
  const path = issue.path.join('.');
  const value = valueAt(given, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = [...keysAt(schema, issue.path, given), ...(path === '' ? more : [])];
    return issue.keys.map((key) => unknownKey(key, path, known, value)).join('; ');
  }
  if (value === undefined) {
    return issue.path.length === 1 && PARTS.includes(path)
      ? `${path} is missing (--${path})`
      : `${path} is missing`;
  }
  const hint = typeof value === 'string' ? didYouMean(value, choices(issue)).replace(/^ /, '. ') : '';
  return `${path} ${takes(issue)} and got ${shownValue(value)}${hint}${onlyInCode(path, value)}`;
}

/** A key that only another kind has (momentum of adamw) is no slip of the hand: what this kind has is said instead. */
function unknownKey(key: string, path: string, known: readonly string[], holder: unknown): string {
  if (path === '' && Object.hasOwn(OF_FILES, key) && known.includes(key)) {
    return `${key} is no key of one run; ${OF_FILES[key]}`;
  }
  const kind = Object.hasOwn(KINDS, path) ? KINDS[path] : undefined;
  const name = kind && (holder as Readonly<Record<string, unknown>>)[kind];
  const hint = didYouMean(key, known);
  if (hint !== '' || typeof name !== 'string') {
    return `there is no key "${path === '' ? key : `${path}.${key}`}"${hint.replace(/^ /, '. ')}`;
  }
  const keys = known.filter((candidate) => candidate !== kind);
  return `the ${path} ${name} has no key "${key}"; it has ${keys.join(', ') || 'none'}`;
}

function takes(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `takes ${issue.expected === 'int' ? 'a whole number' : article(issue.expected)}`;
    case 'invalid_value':
      return `takes ${choices(issue).join(' or ')}`;
    case 'too_small':
      return `takes ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `takes ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'invalid_union': {
      const branches = issue.errors.flat().map((inner) => takes(inner).replace(/^takes /, ''));
      const known = branches.length > 0 ? [...new Set(branches)] : choices(issue);
      return known.length > 0 ? `takes ${known.join(' or ')}` : `is not understood (${issue.message})`;
    }
    case 'invalid_format':
      return issue.format === 'template_literal'
        ? 'takes a share such as "10%"'
        : `is not understood (${issue.message})`;
    default:
      return `is not understood (${issue.message})`;
  }
}

/** The words that may stand there; a union told apart by a name has no branches when that name is unknown. */
function choices(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code !== 'invalid_union') return [];
  const names = (issue as { options?: readonly unknown[] }).options;
  return names ? names.map(String) : issue.errors.flat().flatMap(choices);
}

const article = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** Parts that `distill()` takes as objects too. */
const OBJECTS_IN_CODE = /^(student|teacher|data|plugins)(\.|$)/;

/** Says where an object can be given, to somebody who put one into a config. */
const onlyInCode = (path: string, value: unknown): string =>
  OBJECTS_IN_CODE.test(path) && ((typeof value === 'object' && value !== null) || typeof value === 'function')
    ? `. A config names its ${path.split('.')[0]}; an object goes to distill() in code`
    : '';

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (!Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
