import { types } from 'node:util';
import * as tf from '@tensorflow/tfjs';

/** Whether a value can be awaited. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  try {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
    return typeof (value as PromiseLike<unknown>).then === 'function';
  } catch {
    // A getter that throws.
    return false;
  }
}

/** Takes the rejection of a promise that nobody will await. */
export function silence(value: unknown): void {
  if (!isPromise(value)) return;
  try {
    value.then(undefined, () => {});
  } catch {
    // A thenable of the plugin's own making.
  }
}

/** A tensor of this process's engine that still has its values. */
export const isLiveTensor = (value: unknown): value is tf.Tensor =>
  isTensor(value) && !value.isDisposed && tf.engine().state.tensorInfo.has(value.dataId);

/** TensorFlow.js takes anything with a data id, a shape and a dtype for a tensor. */
export function isTensor(value: unknown): value is tf.Tensor {
  try {
    return value instanceof tf.Tensor;
  } catch {
    // A proxy, or a getter that throws.
    return false;
  }
}

/** What a value of someone else's is, in a few words for a message. Never throws, whatever the value does. */
export function describeValue(value: unknown): string {
  try {
    return described(value);
  } catch {
    return 'an object that cannot be read';
  }
}

function described(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (value === null) return 'null';
  if (typeof value === 'string')
    return value.length > 40 ? `the text "${value.slice(0, 40)}…"` : `the text "${value}"`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object') return String(value);
  if (isPromise(value)) {
    // What is told is that it is a promise at all.
    silence(value);
    return 'a promise';
  }
  if (isTensor(value)) return describeTensor(value);
  if (ArrayBuffer.isView(value)) {
    const name = Object.getPrototypeOf(value).constructor.name;
    return 'length' in value ? `${article(name)} of ${value.length}` : `a ${name}`;
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (types.isMap(value) || types.isSet(value)) return `a ${value.constructor.name}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an object without fields';
  return `an object with ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''}`;
}

function describeTensor(tensor: tf.Tensor): string {
  const shape = `[${tensor.shape}]`;
  if (!isLiveTensor(tensor)) return `a disposed tensor ${shape}`;
  return `a tensor ${shape}${tensor.dtype === 'float32' ? '' : ` of ${tensor.dtype}`}`;
}

const article = (name: string): string => (/^[AEIO]/.test(name) ? `an ${name}` : `a ${name}`);
