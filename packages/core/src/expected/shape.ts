import { types } from 'node:util';
import { type CORE_ERRORS, kdxError } from '../errors.js';
import { describeValue, isLiveTensor, isPromise } from './describe-value.js';

// Values that plugins give are held to small descriptions rather than to a schema of zod, because they are live objects
// (tensors, typed arrays, class instances with getters) that must neither be copied nor walked: a step may cost microseconds.

/** Where a value is not what it must be. */
export interface Fault {
  /** Of the part that is wrong, `train.labels`; empty for the value itself. */
  readonly path: string;
  readonly got: string;
  readonly expected: string;
}

/** What a value must be. Gives the first fault. */
export type Shape = (value: unknown) => Fault | undefined;

/**
 * Holds a value of a plugin to what it must be.
 * @param what who gave it, as the beginning of a sentence: `Hook "batch" of plugin "kd"`
 * @throws KdxError `code`: what was given, what was expected
 */
export function expectShape(
  shape: Shape,
  value: unknown,
  what: string,
  code: keyof typeof CORE_ERRORS,
): void {
  const fault = faultOf(shape, value);
  if (fault === undefined) return;
  const { path, got, expected } = fault;
  const part = path === '' ? got : `${describeValue(value)}, whose ${path} is ${got}`;
  throw kdxError(code, `${what} gave ${part}; it must be ${expected}.`);
}

/** The fault of a value; one whose getters throw has a fault too. */
function faultOf(shape: Shape, value: unknown): Fault | undefined {
  try {
    return shape(value);
  } catch {
    return { path: '', got: 'an object that cannot be read', expected: 'one whose fields can be read' };
  }
}

/** A value for which a test holds. */
export const that =
  (test: (value: unknown) => boolean, expected: string): Shape =>
  (value) =>
    test(value) ? undefined : { path: '', got: describeValue(value), expected };

/** Anything at all. */
export const anything: Shape = () => undefined;

export const text = that((value) => typeof value === 'string', 'a text');
export const aFunction = that((value) => typeof value === 'function', 'a function');
export const finite = that((value) => typeof value === 'number' && Number.isFinite(value), 'a finite number');

export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Shape =>
  that(
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
  );

export const oneOf = (values: readonly string[]): Shape =>
  that((value) => values.includes(value as string), `one of ${values.join(', ')}`);

export const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined ? undefined : shape(value);

/** An object, a class's instance or a function, with these fields. */
export const object =
  (fields: Readonly<Record<string, Shape>>, expected: string): Shape =>
  (value) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value) || isPromise(value))
      return { path: '', got: describeValue(value), expected };
    for (const [key, shape] of Object.entries(fields)) {
      const fault = within(key, shape, (value as Record<string, unknown>)[key]);
      if (fault) return fault;
    }
    return undefined;
  };

/** An array whose elements are all alike. */
export const list =
  (element: Shape, expected: string, least = 0): Shape =>
  (value) => {
    if (!Array.isArray(value) || value.length < least)
      return { path: '', got: describeValue(value), expected };
    for (let at = 0; at < value.length; at++) {
      const fault = within(`element ${at}`, element, value[at]);
      if (fault) return fault;
    }
    return undefined;
  };

/** The first fault of several shapes. */
export const all =
  (...shapes: readonly Shape[]): Shape =>
  (value) => {
    for (const shape of shapes) {
      const fault = shape(value);
      if (fault) return fault;
    }
    return undefined;
  };

export const float32Array = (length: number, of: string): Shape =>
  that(
    (value) => types.isFloat32Array(value) && value.length === length,
    `a Float32Array of ${length}, ${of}`,
  );

export const int32Array = (length: number, of: string): Shape =>
  that((value) => types.isInt32Array(value) && value.length === length, `an Int32Array of ${length}, ${of}`);

/**
 * A tensor of floats that has its values.
 * @param size its shape, where that is known
 */
export const tensor = (size: readonly number[] | undefined, expected: string): Shape =>
  that(
    (value) =>
      isLiveTensor(value) && value.dtype === 'float32' && (size === undefined || sameSize(value.shape, size)),
    expected,
  );

const sameSize = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

export const scalar: Shape = tensor([], 'a scalar tensor of float32, as tf.mean gives it');

/** The fault of a part, by its path from the whole. */
export function within(key: string, shape: Shape, value: unknown): Fault | undefined {
  const fault = shape(value);
  if (!fault) return undefined;
  return { ...fault, path: fault.path === '' ? key : `${key}.${fault.path}` };
}
