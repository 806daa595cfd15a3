import type { Code } from '../../simd/encoding.js';
import { get, i32, increase, seq, set, stepsOf, v128 } from '../../simd/instructions.js';
import type { FunctionCode } from '../../simd/module-encoder.js';
import { FOUR, ONE } from './vector-code.js';

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** Element by element: what each output is of the inputs and of constants. */
export interface MapSpec {
  readonly inputs: number;
  readonly outputs: number;
  /** How many float32 the last address but one points to. */
  readonly constants?: number;
  readonly temporaries?: number;
  /** One expression per output, stored in order. Arguments are locals. */
  readonly body: (inputs: number[], constants: number[], temporaries: number[]) => Code[];
}

/**
 * `name(…inputs, …outputs, constants, size)` for `size` float32; an output may be an input. Which lane computes an
 * element depends on its index alone, so the result is the same wherever the tensors lie.
 */
export function mapFunction(name: string, spec: MapSpec): FunctionCode {
  const { inputs, outputs, constants = 0, temporaries = 0, body } = spec;
  const pointers = range(0, inputs + outputs);
  const [constantsAt, size, i] = range(pointers.length, 3);
  const x = range(i + 1, inputs);
  const c = range(i + 1 + inputs, constants);
  const t = range(i + 1 + inputs + constants, temporaries);
  const results = range(i + 1 + inputs + constants + temporaries, outputs);
  const step = ({ load, store, bytes }: typeof FOUR): Code =>
    seq(
      ...x.map((local, k) => seq(load(get(k)), set(local))),
      ...body(x, c, t).map((expression, k) => seq(expression, set(results[k]))),
      ...results.map((local, k) => store(get(inputs + k), get(local))),
      ...pointers.map((pointer) => increase(pointer, i32.const(bytes))),
    );
  return {
    name,
    parameters: pointers.length + 2,
    locals: { i32: 1, f32: 0, v128: inputs + constants + temporaries + outputs },
    body: seq(
      ...c.map((local, k) => seq(get(constantsAt), v128.loadSplat(k * 4), set(local))),
      ...[FOUR, ONE].map((access) => stepsOf(i, access.bytes / 4, size, step(access))),
    ),
  };
}
