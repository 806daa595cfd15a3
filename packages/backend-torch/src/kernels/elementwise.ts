import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import { SCALAR_TYPE } from '../runtime/element-types.js';
import { type KernelDefinition, kernel } from '../runtime/kernel.js';
import type { OperatorName } from '../runtime/operators.js';

interface Unary {
  readonly x: TensorInfo;
}

interface Binary {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

const unary = (name: string, operator: OperatorName): KernelDefinition =>
  kernel<Unary>(name, ({ x }, _, scope) => ({ handle: scope.call(operator, scope.of(x)), dtype: x.dtype }));

/** Its result's type is libtorch's. */
const test = (name: string, operator: OperatorName): KernelDefinition =>
  kernel<Unary>(name, ({ x }, _, scope) => scope.call(operator, scope.of(x)));

const binary = (name: string, operator: OperatorName): KernelDefinition =>
  kernel<Binary>(name, ({ a, b }, _, scope) => ({
    handle: scope.call(operator, scope.of(a), scope.of(b)),
    dtype: a.dtype,
  }));

const comparison = (name: string, operator: OperatorName): KernelDefinition =>
  kernel<Binary>(name, ({ a, b }, _, scope) => scope.call(operator, scope.of(a), scope.of(b)));

const SELU_ALPHA = 1.7580993408473768;
const SELU_SCALE = 1.0507009873554805;

export const ELEMENTWISE_KERNELS: readonly KernelDefinition[] = [
  unary('Abs', 'abs'),
  unary('Acos', 'acos'),
  unary('Acosh', 'acosh'),
  unary('Asin', 'asin'),
  unary('Asinh', 'asinh'),
  unary('Atan', 'atan'),
  unary('Atanh', 'atanh'),
  unary('Ceil', 'ceil'),
  unary('Cos', 'cos'),
  unary('Cosh', 'cosh'),
  unary('Elu', 'elu'),
  unary('Erf', 'erf'),
  unary('Expm1', 'expm1'),
  unary('Floor', 'floor'),
  unary('Log', 'log'),
  unary('Log1p', 'log1p'),
  unary('Neg', 'neg'),
  unary('Reciprocal', 'reciprocal'),
  unary('Relu', 'relu'),
  unary('Round', 'round'),
  unary('Rsqrt', 'rsqrt'),
  unary('Sigmoid', 'sigmoid'),
  unary('Sign', 'sign'),
  unary('Sin', 'sin'),
  unary('Sinh', 'sinh'),
  unary('Softplus', 'softplus'),
  unary('Sqrt', 'sqrt'),
  unary('Square', 'square'),
  unary('Tan', 'tan'),
  unary('Tanh', 'tanh'),
  // Of integers too.
  test('Exp', 'exp'),
  test('IsFinite', 'isfinite'),
  test('IsInf', 'isinf'),
  test('IsNan', 'isnan'),
  test('LogicalNot', 'logical_not'),

  binary('Add', 'add.Tensor'),
  binary('Sub', 'sub.Tensor'),
  binary('Multiply', 'mul.Tensor'),
  binary('RealDiv', 'div.Tensor'),
  binary('Maximum', 'maximum'),
  binary('Minimum', 'minimum'),
  binary('Mod', 'remainder.Tensor'),
  binary('Atan2', 'atan2'),
  binary('BitwiseAnd', 'bitwise_and.Tensor'),
  comparison('Equal', 'eq.Tensor'),
  comparison('NotEqual', 'ne.Tensor'),
  comparison('Less', 'lt.Tensor'),
  comparison('LessEqual', 'le.Tensor'),
  comparison('Greater', 'gt.Tensor'),
  comparison('GreaterEqual', 'ge.Tensor'),
  comparison('LogicalAnd', 'logical_and'),
  comparison('LogicalOr', 'logical_or'),

  kernel<Binary>('FloorDiv', ({ a, b }, _, scope) => ({
    handle: scope.call('div.Tensor_mode', scope.of(a), scope.of(b), 'floor'),
    dtype: a.dtype,
  })),

  // libtorch refuses integers to negative powers; TensorFlow.js truncates them.
  kernel<Binary>('Pow', ({ a, b }, _, scope) => {
    const base = a.dtype === 'int32' ? scope.to(scope.of(a), 'float64') : scope.of(a);
    return { handle: scope.call('pow.Tensor_Tensor', base, scope.of(b)), dtype: a.dtype };
  }),

  kernel<Binary>('SquaredDifference', ({ a, b }, _, scope) => ({
    handle: scope.call('square', scope.call('sub.Tensor', scope.of(a), scope.of(b))),
    dtype: a.dtype,
  })),

  kernel<Unary>('Relu6', ({ x }, _, scope) => ({
    handle: scope.call('clamp', scope.of(x), 0, 6),
    dtype: x.dtype,
  })),

  kernel<Unary>('Selu', ({ x }, _, scope) =>
    scope.call('elu', scope.of(x), SELU_ALPHA / SELU_SCALE, SELU_SCALE),
  ),

  kernel<Unary, { alpha: number }>('LeakyRelu', ({ x }, { alpha }, scope) =>
    scope.call('leaky_relu', x.dtype === 'int32' ? scope.to(scope.of(x), 'float32') : scope.of(x), alpha),
  ),

  kernel<{ x: TensorInfo; alpha: TensorInfo }>('Prelu', ({ x, alpha }, _, scope) => {
    const input = scope.of(x);
    const negative = scope.call('mul.Tensor', scope.call('clamp_max', input, 0), scope.of(alpha));
    return scope.call('add.Tensor', scope.call('relu', input), negative);
  }),

  kernel<{ dy: TensorInfo; y: TensorInfo }>('EluGrad', ({ dy, y }, _, scope) => {
    const slope = scope.call('add.Scalar', scope.call('clamp_max', scope.of(y), 0), 1);
    return scope.call('mul.Tensor', scope.of(dy), slope);
  }),

  kernel<Unary, { alpha: number }>('Step', ({ x }, { alpha }, scope) => {
    const input = scope.of(x);
    const positive = scope.call('gt.Scalar', input, 0);
    const step = scope.call('where.ScalarOther', positive, scope.call('ones_like', input), alpha);
    return { handle: scope.call('where.self', scope.call('isnan', input), input, step), dtype: x.dtype };
  }),

  kernel<Unary, { clipValueMin: number; clipValueMax: number }>(
    'ClipByValue',
    ({ x }, { clipValueMin, clipValueMax }, scope) => ({
      handle: scope.call('clamp', scope.of(x), clipValueMin, clipValueMax),
      dtype: x.dtype,
    }),
  ),

  kernel<Unary, { dtype: DataType }>('Cast', ({ x }, { dtype }, scope) => {
    const input = scope.of(x);
    if (dtype === x.dtype) return input;
    const real = x.dtype === 'complex64' ? scope.call('real', input) : input;
    if (dtype === 'bool') return scope.call('ne.Scalar', real, 0);
    return scope.call('to.dtype', real, SCALAR_TYPE[dtype as 'float32' | 'int32' | 'complex64']);
  }),

  kernel<{ condition: TensorInfo; t: TensorInfo; e: TensorInfo }>(
    'Select',
    ({ condition, t, e }, _, scope) => {
      // A condition of rank 1 chooses whole rows.
      const trailing = t.shape.length - condition.shape.length;
      const rows = scope.call('reshape', scope.of(condition), [
        ...condition.shape,
        ...new Array(trailing).fill(1),
      ]);
      return { handle: scope.call('where.self', rows, scope.of(t), scope.of(e)), dtype: t.dtype };
    },
  ),

  kernel<TensorInfo[]>('AddN', (tensors, _, scope) => {
    const [first, ...others] = tensors.map((tensor) => scope.of(tensor)) as [number, ...number[]];
    return others.reduce((sum, other) => scope.call('add.Tensor', sum, other), first);
  }),
];
