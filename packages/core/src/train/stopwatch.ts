/** Wall time of a run. */
export class Stopwatch {
  #begun = 0;
  #lap = 0;
  #rate = 0;
  #before = 0;

  /** @param before seconds the run took before it was resumed */
  start(before: number): void {
    this.#before = before;
    this.#begun = this.#lap = this.#rate = performance.now();
  }

  /** Seconds since the start, over all resumes. */
  total(): number {
    return this.#before + (performance.now() - this.#begun) / 1000;
  }

  /** Seconds since the last lap. */
  lap(): number {
    const now = performance.now();
    const seconds = (now - this.#lap) / 1000;
    this.#lap = now;
    return seconds;
  }

  /** `count` per second since this was last asked. */
  rate(count: number): number {
    const now = performance.now();
    const rate = (count * 1000) / (now - this.#rate);
    this.#rate = now;
    return rate;
  }
}
