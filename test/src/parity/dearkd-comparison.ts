import type { HostTensor } from '@kdx/tensor';
import type { ExecutionContext } from 'ava';
import { LR } from './dearkd-run.js';
import type { DearkdSteps } from './dearkd-steps.js';

/** In units of a tensor's largest value; README of test/parity. */
const TOLERANCES = { values: 2e-5, gradients: 5e-5, rounding: 2e-7 };

const numbers = ({ data }: HostTensor): number[] => Array.from(data as Float32Array);
/** Not a number where one is. */
const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const differences = (a: HostTensor, b: HostTensor): number[] => {
  const other = numbers(b);
  return numbers(a).map((value, i) => value - other[i]);
};

/** Of all that the steps came to, in kdx and in PyTorch. */
export class DearkdComparison {
  readonly #t: ExecutionContext;
  readonly #ours: DearkdSteps;
  readonly #theirs: DearkdSteps;
  readonly #worst = { values: 0, gradients: 0, updates: 0 };
  readonly #gradients = new Map<string, number>();
  #updates = 0;
  #sharp = 0;

  constructor(t: ExecutionContext, ours: DearkdSteps, theirs: DearkdSteps) {
    this.#t = t;
    this.#ours = ours;
    this.#theirs = theirs;
  }

  run(): void {
    const t = this.#t;
    t.deepEqual([...this.#ours.keys()].sort(), [...this.#theirs.keys()].sort());
    for (const [name, expected] of this.#theirs) {
      const found = this.#ours.get(name) as HostTensor;
      t.deepEqual(found.shape, expected.shape, name);
      const learns = this.#theirs.has(name.replace(/^\d+\/after/, '0/gradient'));
      if (name.includes('/gradient/')) this.#gradient(name, found, expected);
      else if (name.includes('/after/') && learns) this.#update(name, found, expected);
      else this.#within('values', name, largest(differences(found, expected)), largest(numbers(expected)));
    }
    const { values, gradients, updates } = this.#worst;
    t.log(
      `values ${values.toExponential(1)}, gradients ${gradients.toExponential(1)}, updates ${updates.toFixed(2)} of what is allowed`,
    );
    t.log(`${this.#sharp} of ${this.#updates} weights compared to 1e-6`);
    t.true(this.#sharp > 0.95 * this.#updates);
  }

  #within(kind: 'values' | 'gradients', name: string, miss: number, scale: number): void {
    this.#worst[kind] = Math.max(this.#worst[kind], miss / scale);
    this.#t.true(miss <= TOLERANCES[kind] * scale, `${name}: ${miss} of ${scale}`);
  }

  /** A batch norm takes out nearly all of the gradient before it; what is left is measured by the other gradients. */
  #gradient(name: string, found: HostTensor, expected: HostTensor): void {
    const floor = 1e-2 * this.#largestGradient(name.slice(0, name.indexOf('/')));
    const scale = Math.max(floor, largest(numbers(expected)));
    this.#within('gradients', name, largest(differences(found, expected)), scale);
  }

  #largestGradient(epoch: string): number {
    const known = this.#gradients.get(epoch);
    if (known !== undefined) return known;
    const all = [...this.#theirs].filter(([name]) => name.startsWith(`${epoch}/gradient/`));
    const found = Math.max(...all.map(([, gradient]) => largest(numbers(gradient))));
    this.#gradients.set(epoch, found);
    return found;
  }

  /**
   * AdamW divides a gradient g by its own size, so a difference δ of gradients is δ/|g| of a step. Each weight may differ by
   * rounding and by what the gradients' difference explains: within 5 steps at most lr·5·δ/|g|, g the largest so far.
   */
  #update(name: string, found: HostTensor, expected: HostTensor): void {
    const [epoch, , ...path] = name.split('/');
    const gradients = Array.from({ length: Number(epoch) + 1 }, (_, e) => `${e}/gradient/${path.join('/')}`)
      .filter((gradient) => this.#theirs.has(gradient))
      .map((gradient) => ({
        sizes: numbers(this.#theirs.get(gradient) as HostTensor),
        off: largest(
          differences(this.#ours.get(gradient) as HostTensor, this.#theirs.get(gradient) as HostTensor),
        ),
      }));
    const off = Math.max(...gradients.map((gradient) => gradient.off));
    const moves = this.#theirs.has(`${epoch}/gradient/${path.join('/')}`);
    const rounding = TOLERANCES.rounding * largest(numbers(expected));
    const over = differences(found, expected).map((miss, i) => {
      const size = largest(gradients.map(({ sizes }) => sizes[i]));
      const allowed = moves ? rounding + LR * Math.min(5, (5 * off) / size) : 0;
      this.#updates += 1;
      if (allowed <= 1e-6) this.#sharp += 1;
      return miss === 0 ? 0 : Math.abs(miss) / allowed;
    });
    this.#worst.updates = Math.max(this.#worst.updates, largest(over));
    this.#t.true(largest(over) <= 1, `${name}: ${largest(over)} times what is allowed`);
  }
}
