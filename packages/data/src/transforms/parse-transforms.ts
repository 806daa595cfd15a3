import type { Transform } from '@kdx/core';
import { eraseTooEarly, unknownTransform, wrongTransform } from '../errors.js';
import { flip } from './flip.js';
import { namedArguments, number, oneOf, yesOrNo } from './named-arguments.js';
import { type Padding, paddedCrop } from './padded-crop.js';
import { INTERPOLATIONS, randAugment } from './rand-augment/rand-augment.js';
import { ERASING_MODES, randomErasing } from './random-erasing.js';

/** A transform as the command line lists it. */
export interface TransformInfo {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
}

interface TransformFamily extends TransformInfo {
  /**
   * `undefined` where the usage is the best answer.
   * @param text the whole transform, for errors
   */
  make(args: readonly string[], text: string): Transform | undefined;
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
  {
    name: 'randaugment',
    usage: 'randaugment(m=9,mstd=0.5,inc=1,n=2,p=0.5,interpolation=random)',
    help: "n of timm's 15 operations, each with probability p, at magnitude N(m, mstd) of 10; inc=1: more does more",
    make: (args, text) =>
      randAugment(
        namedArguments(text, args, {
          m: ['magnitude', number],
          mstd: ['magnitudeStd', number],
          inc: ['increasing', yesOrNo],
          n: ['layers', number],
          p: ['probability', number],
          interpolation: ['interpolation', oneOf(INTERPOLATIONS)],
        }),
      ),
  },
  {
    name: 'erase',
    usage:
      'erase(p=0.25,mode=pixel[,min-area=A,max-area=A,min-aspect=R,max-aspect=R,min-count=N,max-count=N])',
    help: 'with probability p, fill a rectangle (or N) with noise (pixel), a random colour (rand) or the mean (const)',
    make: (args, text) =>
      randomErasing(
        namedArguments(text, args, {
          p: ['probability', number],
          mode: ['mode', oneOf(ERASING_MODES)],
          'min-area': ['minArea', number],
          'max-area': ['maxArea', number],
          'min-aspect': ['minAspect', number],
          'max-aspect': ['maxAspect', number],
          'min-count': ['minCount', number],
          'max-count': ['maxCount', number],
        }),
      ),
  },
];

/** The transforms that `augment=` can name. */
export const listTransforms = (): readonly TransformInfo[] =>
  FAMILIES.map(({ name, usage, help }) => ({ name, usage, help }));

/**
 * Reads `crop,flip`, `crop(4,reflect),erase(p=0.5,mode=const)` or `none`. The names of what it returns read back the same.
 * @throws KdxError `KDX_DATA_AUGMENT`, also where noise of `erase` would meet `randaugment`
 */
export function parseTransforms(text: string): readonly Transform[] {
  if (text.trim() === 'none') return [];
  const transforms = splitList(text).map(parseTransform);
  checkOrder(transforms.map(({ name }) => name));
  return transforms;
}

/** RandAugment works on bytes, and noise leaves [0, 1]; the mean does not. */
function checkOrder(names: readonly string[]): void {
  const last = names.findLastIndex((name) => name.startsWith('randaugment('));
  const isEarly = (name: string, at: number): boolean =>
    at < last && name.startsWith('erase(') && !name.includes('mode=const');
  const early = names.filter(isEarly);
  if (early.length === 0) return;
  const kept = names.slice(0, last + 1).filter((name, at) => !isEarly(name, at));
  throw eraseTooEarly(early[0], names[last], [...kept, ...early, ...names.slice(last + 1)].join(','));
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
  const transform = family.make(args, text);
  if (transform === undefined) throw wrongTransform(text, `write it as ${family.usage}`);
  return transform;
}

/** Splits at commas outside parentheses. */
const splitList = (text: string): string[] => text.split(/,(?![^(]*\))/).map((part) => part.trim());

const isNumber = (text: string): boolean => /^\d+(\.\d+)?$/.test(text);
const isPadding = (text: string): text is Padding => text === 'zero' || text === 'reflect';
