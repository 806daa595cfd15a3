import type { BackendValues, DataType } from '@tensorflow/tfjs';
import type { HostArray, ScalarType } from '../libtorch/bridge.js';

/** Numbers of `at::ScalarType`, for operators that take one. */
export const SCALAR_TYPE = {
  uint8: 0,
  int32: 3,
  int64: 4,
  float32: 6,
  float64: 7,
  complex64: 9,
  bool: 11,
  bf16: 15,
} as const satisfies Record<ScalarType, number>;

/** The type of each of those numbers. */
export const TYPE_NUMBERED: ReadonlyMap<number, ScalarType> = new Map(
  Object.entries(SCALAR_TYPE).map(([type, number]) => [number, type as ScalarType]),
);

/** The TensorFlow.js type of what libtorch stores as one of its own. bf16 is a matter of storage only. */
export const DTYPE_OF: Readonly<Record<ScalarType, DataType>> = {
  uint8: 'int32',
  int32: 'int32',
  int64: 'int32',
  float32: 'float32',
  float64: 'float32',
  bf16: 'float32',
  complex64: 'complex64',
  bool: 'bool',
};

/** The types that a tensor of TensorFlow.js may be stored as; results of others are converted. */
export const isStorable = (type: ScalarType): boolean =>
  type !== 'int64' && type !== 'float64' && type !== 'uint8';

/** An array of the host for `size` elements of a type. */
export function hostArray(dtype: DataType, size: number): HostArray {
  switch (dtype) {
    case 'int32':
      return new Int32Array(size);
    case 'bool':
      return new Uint8Array(size);
    case 'complex64':
      return new Float32Array(2 * size);
    default:
      return new Float32Array(size);
  }
}

/** Values in the array type of their dtype. Any number but 0 is true. */
export function toHostArray(values: BackendValues, dtype: DataType): HostArray {
  if (dtype === 'bool') return Uint8Array.from(values as ArrayLike<number>, (value) => (value ? 1 : 0));
  if (dtype === 'int32')
    return values instanceof Int32Array ? values : Int32Array.from(values as ArrayLike<number>);
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
}
