import * as tf from '@tensorflow/tfjs';

/** L2 norms of gradients, by the part of the run that they train. */
export interface GradientNorms {
  /** `√Σ‖g‖²` over all parts. */
  readonly total: number;
  /** By `student` or `module.<plugin>/<name>`; a part that no gradient reaches is not here. */
  readonly parts: Readonly<Record<string, number>>;
}

/** The part that a parameter belongs to, by its name in the run: `student/…` or `module/<plugin>/<name>/…`. */
export function partOf(parameter: string, modules: Iterable<string>): string {
  for (const id of modules) if (parameter.startsWith(`module/${id}/`)) return `module.${id}`;
  return 'student';
}

/** Reads the norms back; call inside a tidy scope. */
export function gradientNorms(
  gradients: ReadonlyMap<string, tf.Tensor>,
  modules: readonly string[],
): GradientNorms {
  const squares = new Map<string, number>();
  for (const [name, gradient] of gradients) {
    const part = partOf(name, modules);
    const [sum] = tf.tidy(() => tf.sum(tf.square(gradient)).dataSync());
    squares.set(part, (squares.get(part) ?? 0) + sum);
  }
  const all = [...squares.values()].reduce((a, b) => a + b, 0);
  return {
    total: Math.sqrt(all),
    parts: Object.fromEntries([...squares].sort().map(([part, sum]) => [part, Math.sqrt(sum)])),
  };
}
