import { kdxError } from '../errors.js';
import type { Parameter, ParameterLayout } from '../parameters/parameter.js';

/** Values with their shape, row-major. */
export interface Laid {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What {@link toDisk} and {@link fromDisk} look at in a parameter. */
export type LaidParameter = Pick<Parameter, 'name' | 'layout'> & {
  readonly variable: { readonly shape: number[] };
};

/**
 * Axes of the disk's tensor, each as an axis of the memory's: `disk[i] = memory[AXES[i]]`.
 * A depthwise kernel [kh, kw, C, M] is stored as [C, M, kh, kw] and then seen as [C · M, 1, kh, kw].
 */
const AXES: Readonly<Record<Exclude<ParameterLayout, 'same'>, readonly number[]>> = {
  linear: [1, 0],
  conv: [3, 2, 0, 1],
  depthwise: [2, 3, 0, 1],
};

/** The shape a parameter has in timm's and PyTorch's files. */
export function diskShape({ name, layout, variable }: LaidParameter): readonly number[] {
  const { shape } = variable;
  if (layout === 'same') return [...shape];
  const axes = AXES[layout];
  if (shape.length !== axes.length) {
    throw kdxError(
      'KDX_WEIGHTS_MISMATCH',
      `Parameter "${name}" of shape [${shape.join(', ')}] is registered with the layout "${layout}", which has ${axes.length} axes; register it with another layout.`,
    );
  }
  const [first, second, ...rest] = axes.map((axis) => shape[axis]);
  return layout === 'depthwise' ? [first * second, 1, ...rest] : [first, second, ...rest];
}

/**
 * `values` of a parameter, in the order in which its variable holds them, as timm and PyTorch store them.
 * @throws KdxError `KDX_WEIGHTS_MISMATCH` when the layout does not fit the shape or the values their number.
 */
export function toDisk(parameter: LaidParameter, values: Float32Array): Laid {
  const shape = diskShape(parameter);
  checkCount(parameter, values);
  if (parameter.layout === 'same') return { shape, data: values };
  return { shape, data: permute(values, parameter.variable.shape, AXES[parameter.layout]) };
}

/** Inverse of {@link toDisk}: values as stored → values in the order of the parameter's variable, with its shape. */
export function fromDisk(parameter: LaidParameter, values: Float32Array): Laid {
  const { layout, variable } = parameter;
  diskShape(parameter); // refuses a layout that does not fit
  checkCount(parameter, values);
  const shape = [...variable.shape];
  if (layout === 'same') return { shape, data: values };
  const axes = AXES[layout];
  const stored = axes.map((axis) => shape[axis]);
  const back = axes.map((_, axis) => axes.indexOf(axis));
  return { shape, data: permute(values, stored, back) };
}

function checkCount({ name, variable }: LaidParameter, values: Float32Array): void {
  const size = variable.shape.reduce((product, n) => product * n, 1);
  if (size !== values.length) {
    throw kdxError(
      'KDX_WEIGHTS_MISMATCH',
      `Parameter "${name}" holds ${size} numbers and was given ${values.length}; check that the file is of this model.`,
    );
  }
}

/** Transposes `from` (row-major, `shape`) so that axis i of the result is axis `axes[i]` of `from`. */
function permute(from: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) strides[axis] = strides[axis + 1] * shape[axis + 1];
  const sizes = axes.map((axis) => shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  const to = new Float32Array(from.length);
  const rows = sizes[sizes.length - 1];
  const step = steps[steps.length - 1];
  const counter = new Array<number>(sizes.length - 1).fill(0);
  for (let written = 0, start = 0; written < to.length; ) {
    for (let i = 0; i < rows; i += 1) to[written++] = from[start + i * step];
    // Counts the outer axes up like an odometer.
    for (let axis = counter.length - 1; axis >= 0; axis -= 1) {
      start += steps[axis];
      counter[axis] += 1;
      if (counter[axis] < sizes[axis]) break;
      start -= steps[axis] * sizes[axis];
      counter[axis] = 0;
    }
  }
  return to;
}
