import { type Code, name, sized, u32, vector } from './encoding.js';
import { F32, I32, V128 } from './instructions.js';

/** A function without a result, all of whose parameters are i32. */
export interface FunctionCode {
  readonly name: string;
  readonly parameters: number;
  /** How many locals of each type follow the parameters, in this order. */
  readonly locals: { readonly i32: number; readonly f32: number; readonly v128: number };
  readonly body: Code;
}

const HEADER: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const FUNCTION_TYPE = 0x60;
const END = 0x0b;

const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];

/** Encodes a module that exports `functions` and works on the memory imported as `env.memory`. */
export function encodeModule(functions: readonly FunctionCode[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(
    ({ parameters }): Code => [FUNCTION_TYPE, ...vector(Array<Code>(parameters).fill([I32])), ...vector([])],
  );
  const memoryImport: Code = [...name('env'), ...name('memory'), 0x02, 0x00, ...u32(0)];
  const bodies = functions.map(({ locals, body }) => {
    const groups: Code[] = [
      [...u32(locals.i32), I32],
      [...u32(locals.f32), F32],
      [...u32(locals.v128), V128],
    ];
    return sized([...vector(groups), ...body, END]);
  });
  return Uint8Array.from([
    ...HEADER,
    ...section(1, types),
    ...section(2, [memoryImport]),
    ...section(
      3,
      functions.map((_, index) => u32(index)),
    ),
    ...section(
      7,
      functions.map((fn, index): Code => [...name(fn.name), 0x00, ...u32(index)]),
    ),
    ...section(10, bodies),
  ]);
}
