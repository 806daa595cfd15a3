import type { Transform } from '@kdx/core';
import { unknownTransform, wrongTransform } from '../errors.js';
import { flip } from './flip.js';
import { type Padding, paddedCrop } from './padded-crop.js';

/** A transform as the command line lists it. */
export interface TransformInfo {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
}

interface TransformFamily extends TransformInfo {
  make(args: readonly string[]): Transform | undefined;
}

const FAMILIES: readonly TransformFamily[] = [
  {
    name: 'crop',
    usage: 'crop(padding=4[,reflect])',
    help: 'pad on all sides (black or mirrored), cut a random window of the old size',
    make: ([padding = '4', mode = 'zero', ...rest]) =>
      isNumber(padding) && isPadding(mode) && rest.length === 0
        ? paddedCrop(Number(padding), mode)
        : undefined,
  },
  {
    name: 'flip',
    usage: 'flip(p=0.5)',
    help: 'mirror left to right with probability p',
    make: ([p = '0.5', ...rest]) => (isNumber(p) && rest.length === 0 ? flip(Number(p)) : undefined),
  },
];

/** The transforms that `augment=` can name. */
export const listTransforms = (): readonly TransformInfo[] =>
  FAMILIES.map(({ name, usage, help }) => ({ name, usage, help }));

/**
 * Reads `crop,flip`, `crop(4,reflect),flip(0.3)` or `none`. The names of what it returns read back the same.
 * @throws KdxError `KDX_DATA_AUGMENT`
 */
export function parseTransforms(text: string): readonly Transform[] {
  if (text.trim() === 'none') return [];
  return splitList(text).map(parseTransform);
}

function parseTransform(text: string): Transform {
  const match = /^([\w-]+)(?:\(([^()]*)\))?$/.exec(text);
  if (match === null) throw wrongTransform(text, 'it must look like name or name(argument,…)');
  const [, name, inside = ''] = match;
  const family = FAMILIES.find((candidate) => candidate.name === name);
  if (family === undefined)
    throw unknownTransform(
      name,
      FAMILIES.map((candidate) => candidate.name),
    );
  const args = inside.trim() === '' ? [] : inside.split(',').map((arg) => arg.trim());
  const transform = family.make(args);
  if (transform === undefined) throw wrongTransform(text, `write it as ${family.usage}`);
  return transform;
}

/** Splits at commas outside parentheses. */
const splitList = (text: string): string[] => text.split(/,(?![^(]*\))/).map((part) => part.trim());

const isNumber = (text: string): boolean => /^\d+(\.\d+)?$/.test(text);
const isPadding = (text: string): text is Padding => text === 'zero' || text === 'reflect';
