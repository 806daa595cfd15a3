import { get, seq, set } from '../../simd/instructions.js';
import type { FunctionCode } from '../../simd/module-encoder.js';
import { mapFunction } from './map-code.js';
import { minus, over, plus, root, times } from './vector-code.js';

/**
 * `adam(parameter, gradient, m, v, parameter, m, v, constants, size)`, equations as in core's `adam.ts`. Constants:
 * λ of the L2 term, 1 − ηλ of the decoupled one, β₁, 1 − β₁, β₂, 1 − β₂, √(1 − β₂ᵗ), ε, η/(1 − β₁ᵗ).
 */
const ADAM = mapFunction('adam', {
  inputs: 4,
  outputs: 3,
  constants: 9,
  temporaries: 3,
  body([p, gradient, m, v], constants, [g, mNext, vNext]) {
    const [lambda, shrink, beta1, rest1, beta2, rest2, rootCorrection, eps, stepSize] = constants.map(get);
    const denominator = plus(over(root(get(vNext)), rootCorrection), eps);
    return [
      seq(
        seq(plus(get(gradient), times(get(p), lambda)), set(g)),
        seq(plus(times(get(m), beta1), times(get(g), rest1)), set(mNext)),
        seq(plus(times(get(v), beta2), times(times(get(g), get(g)), rest2)), set(vNext)),
        minus(times(get(p), shrink), times(over(get(mNext), denominator), stepSize)),
      ),
      get(mNext),
      get(vNext),
    ];
  },
});

/** `sgd(parameter, gradient, parameter, constants, size)`. Constants: λ, η. */
const SGD = mapFunction('sgd', {
  inputs: 2,
  outputs: 1,
  constants: 2,
  body: ([p, g], [lambda, rate]) => [
    minus(get(p), times(plus(get(g), times(get(p), get(lambda))), get(rate))),
  ],
});

/** `…(parameter, gradient, buffer, parameter, buffer, constants, size)`. Constants: λ, μ, η. */
const withMomentum = (name: string, nesterov: boolean): FunctionCode =>
  mapFunction(name, {
    inputs: 3,
    outputs: 2,
    constants: 3,
    temporaries: 2,
    body: ([p, gradient, b], [lambda, momentum, rate], [g, next]) => [
      seq(
        seq(plus(get(gradient), times(get(p), get(lambda))), set(g)),
        seq(plus(times(get(b), get(momentum)), get(g)), set(next)),
        minus(get(p), times(nesterov ? plus(get(g), times(get(next), get(momentum))) : get(next), get(rate))),
      ),
      get(next),
    ],
  });

export const OPTIMIZERS: readonly FunctionCode[] = [
  ADAM,
  SGD,
  withMomentum('sgdMomentum', false),
  withMomentum('sgdNesterov', true),
];
