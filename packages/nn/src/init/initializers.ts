import type { Initializer, ParameterLayout } from '@kdx/tensor';

const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

const filled =
  (value: number): Initializer =>
  (shape) =>
    new Float32Array(size(shape)).fill(value);

const drawn =
  (draw: (rng: Parameters<Initializer>[1], shape: readonly number[]) => number): Initializer =>
  (shape, rng) =>
    Float32Array.from({ length: size(shape) }, () => draw(rng, shape));

export const zeros: Initializer = filled(0);

export const ones: Initializer = filled(1);

/** N(0, std²). */
export const normal = (std: number): Initializer => drawn((rng) => std * rng.normal());

/** U(−bound, bound). */
export const uniform = (bound: number): Initializer => drawn((rng) => (2 * rng.uniform() - 1) * bound);

/**
 * N(0, std²) cut at ±2, an absolute bound as in timm's `trunc_normal_`: at timm's std of 0.02 that is 100 σ, so in effect
 * a normal distribution.
 */
export const truncatedNormal = (std: number): Initializer =>
  drawn((rng) => {
    let value = std * rng.normal();
    while (Math.abs(value) > 2) value = std * rng.normal();
    return value;
  });

/**
 * N(0, 2/fan) of He et al. 2015, for ReLU networks; `fan_out` is what ResNets use. Fans are counted as PyTorch does,
 * which does not divide a grouped convolution's fan-out by its groups.
 */
export const kaimingNormal =
  (mode: 'fan_in' | 'fan_out', layout: ParameterLayout = 'conv'): Initializer =>
  (shape, rng) =>
    normal(Math.sqrt(2 / fans(shape, layout)[mode]))(shape, rng);

/** PyTorch's default of linear layers and convolutions: Kaiming-uniform with a = √5, which is U(±1/√fan-in). */
export const torchDefault =
  (layout: ParameterLayout = 'same'): Initializer =>
  (shape, rng) =>
    uniform(1 / Math.sqrt(fans(shape, layout).fan_in))(shape, rng);

/** Fans of a weight `[in, out]`, `[kh, kw, in, out]` or depthwise `[kh, kw, channels, multiplier]`. */
function fans(shape: readonly number[], layout: ParameterLayout): { fan_in: number; fan_out: number } {
  const channels = shape.slice(-2);
  const window = size(shape.slice(0, -2));
  if (layout === 'depthwise') return { fan_in: window, fan_out: window * size(channels) };
  return { fan_in: window * channels[0], fan_out: window * channels[1] };
}
