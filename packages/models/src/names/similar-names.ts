/** Up to `most` of `known` that share a word of letters with `name`, the closest first: `resnet18` finds `cifar_ResNet18`. */
export function similarNames(name: string, known: readonly string[], most = 3): string[] {
  const wanted = name.toLowerCase();
  const words = wordsOf(wanted);
  return known
    .map((candidate) => ({ candidate, score: similarity(wanted, words, candidate.toLowerCase()) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Shorter words, as `b` of `efficientnet_b0`, say nothing of the architecture. */
const LEAST_LETTERS = 3;
/** Data sets that names begin with, and parts of names that architectures share. */
const COMMON_WORDS: ReadonlySet<string> = new Set(['cifar', 'patch', 'tiny', 'small', 'base', 'large']);

const wordsOf = (name: string): string[] => name.match(/[a-z]+/g) ?? [];

function similarity(name: string, words: readonly string[], candidate: string): number {
  const others = wordsOf(candidate);
  const shared = words.filter((word) => word.length >= LEAST_LETTERS && others.includes(word));
  if (!shared.some((word) => !COMMON_WORDS.has(word))) return 0;
  const letters = shared.reduce((sum, word) => sum + word.length, 0);
  // Where as many letters are shared, the one with the same number comes first.
  return letters + (candidate.includes(name) ? name.length : commonNumbers(name, candidate) / 10);
}

const numbersOf = (name: string): string[] => name.match(/\d+/g) ?? [];

function commonNumbers(a: string, b: string): number {
  const numbers = numbersOf(b);
  return numbersOf(a).filter((number) => numbers.includes(number)).length;
}
