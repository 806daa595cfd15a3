import { kdxError } from '../errors.js';
import type { Argument, Bridge, Handle, OperatorIndex } from '../libtorch/bridge.js';

/** `add.Tensor`, `relu` or, outside libtorch's own namespace, `mkldnn::_linear_pointwise`. */
export type OperatorName = string;

const split = (name: OperatorName): [name: string, overload: string] => {
  const [base, overload = ''] = name.split('.') as [string, string?];
  return [base.includes('::') ? base : `aten::${base}`, overload];
};

/** The operators of the libtorch that was found, looked up once each. */
export class Operators {
  readonly #indices = new Map<OperatorName, OperatorIndex | undefined>();

  constructor(readonly bridge: Bridge) {}

  /** Whether this libtorch has the operator. */
  has(name: OperatorName): boolean {
    return this.#index(name) !== undefined;
  }

  /** Whether this libtorch's operator takes a parameter of this name: signatures grow over the years. */
  takes(name: OperatorName, parameter: string): boolean {
    const schema = this.bridge.schema(...split(name));
    return schema !== undefined && new RegExp(`\\b${parameter}\\b`).test(schema.split('->')[0] as string);
  }

  /**
   * Calls an operator. Its results belong to the caller, who frees them.
   * @throws KdxError `KDX_TORCH_OPERATOR` for what libtorch refuses, `KDX_TORCH_OUT_OF_MEMORY`.
   */
  call(name: OperatorName, ...args: Argument[]): Handle | Handle[] {
    const index = this.#index(name);
    if (index === undefined) {
      throw kdxError(
        'KDX_TORCH_OPERATOR',
        `The libtorch in use (${this.bridge.builtWith}) has no operator ${name}; kdx needs 1.13 or newer.`,
      );
    }
    try {
      return this.bridge.call(index, ...args);
    } catch (error) {
      throw asKdxError(error);
    }
  }

  #index(name: OperatorName): OperatorIndex | undefined {
    if (!this.#indices.has(name)) this.#indices.set(name, this.bridge.find(...split(name)));
    return this.#indices.get(name);
  }
}

/** An error of the bridge as a user is to see it. */
export function asKdxError(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  if (code === 'KDX_TORCH_OUT_OF_MEMORY') {
    return kdxError(
      code,
      `The torch back end ran ${message.replace(/^.*?out of memory/s, 'out of memory')}; take a smaller --batch or a smaller model.`,
      { cause: error },
    );
  }
  if (code === 'KDX_TORCH_OPERATOR') {
    return kdxError(code, `libtorch refused ${message}.`, { cause: error });
  }
  return error;
}
