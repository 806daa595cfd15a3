/**
 * SFC32, the "small fast counting" generator of C. Doty-Humphrey (PractRand): 128 bits of state, period ≥ 2³².
 * One step is a bijection of the state, so the same step serves to absorb a key, word by word.
 */
export class Sfc32 {
  #a = 0x243f6a88 | 0; // digits of π: any start that is not 0 will do
  #b = 0x85a308d3 | 0;
  #c = 0x13198a2e | 0;
  #counter = 1;

  /** 32 random bits, in [0, 2³²). */
  next(): number {
    const a = this.#a;
    const b = this.#b;
    const c = this.#c;
    const sum = (a + b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = b ^ (b >>> 9);
    this.#b = (c + (c << 3)) | 0;
    this.#c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Mixes one 32-bit word of a key into the state. */
  absorb(word: number): void {
    this.#a ^= word;
    this.next();
    this.next();
  }

  /** Ends a key: after 12 steps (PractRand's seeding) each key bit has reached each state bit. */
  settle(): void {
    for (let i = 0; i < 12; i += 1) this.next();
  }
}
