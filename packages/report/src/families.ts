import type { BenchPlace } from './bench-file.js';
import type { FamilyView, PageData, RunView, TeacherView } from './page/page-data.js';
import { runNames } from './run-names.js';

/** What families are made of. */
type Member = Pick<RunView, 'id' | 'name' | 'seed' | 'likeness'>;

interface Family {
  readonly bench: BenchPlace | undefined;
  readonly runs: Member[];
}

/**
 * Groups runs that differ in nothing but their seed: those of one arm of a comparison, and others whose configs say so. Of
 * two runs with one seed the second begins a family of its own, so a family has a run for each of its seeds.
 * @param runs in the order of the page
 */
export function familiesOf(
  runs: readonly Member[],
  placeOf: (run: string) => BenchPlace | undefined,
): Pick<PageData, 'families' | 'baseline' | 'teachers'> {
  const byKey = new Map<string, Family[]>();
  const all: Family[] = [];
  for (const run of runs) {
    const bench = placeOf(run.id);
    const key = JSON.stringify([bench?.out, bench?.arm, run.likeness ?? run.id]);
    const alike = byKey.get(key) ?? [];
    byKey.set(key, alike);
    const free = alike.find((family) => family.runs.every(({ seed }) => seed !== run.seed));
    if (free && run.seed !== undefined) free.runs.push(run);
    else {
      const family = { bench, runs: [run] };
      alike.push(family);
      all.push(family);
    }
  }
  const families = inOrderOfArms(all);
  for (const { runs: members } of families) members.sort((a, b) => (a.seed ?? 0) - (b.seed ?? 0));
  const names = namesOf(families);
  const views = families.map(
    ({ runs: members }, k): FamilyView => ({
      // A run that is alone is itself.
      id: members.length === 1 ? members[0].id : `family ${members[0].id}`,
      name: names[k],
      runs: members.map(({ id }) => id),
    }),
  );
  const baseline = families.findIndex(({ bench }) => bench !== undefined && bench.arm === bench.baseline);
  const teachers = new Map<string, TeacherView>();
  for (const { bench } of families) {
    for (const teacher of bench?.teachers ?? []) teachers.set(JSON.stringify(teacher), teacher);
  }
  return {
    families: views,
    ...(baseline < 0 ? {} : { baseline: views[baseline].id }),
    teachers: [...teachers.values()],
  };
}

/** The arms of a comparison stand together, where its first run stands, in the comparison's order. */
function inOrderOfArms(families: readonly Family[]): Family[] {
  const outs = new Set<string>();
  return families.flatMap((family) => {
    const { bench } = family;
    if (!bench) return [family];
    if (outs.has(bench.out)) return [];
    outs.add(bench.out);
    return families
      .filter((other) => other.bench?.out === bench.out)
      .sort((a, b) => (a.bench?.index ?? 0) - (b.bench?.index ?? 0));
  });
}

function namesOf(families: readonly Family[]): string[] {
  const outs = [...new Set(families.flatMap(({ bench }) => bench?.out ?? []))];
  const comparisons = new Map(runNames(outs).map((name, k) => [outs[k], name]));
  const taken = new Map<string, number>();
  return families.map(({ bench, runs }) => {
    const name = bench
      ? `${outs.length > 1 ? `${comparisons.get(bench.out)}: ` : ''}${bench.arm}`
      : runs.length === 1
        ? runs[0].name
        : sharedName(runs.map((run) => run.name));
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** What names of several runs have in common, word by word: `kd` of `kd-seed0` and `kd-seed1`. */
export function sharedName(names: readonly string[]): string {
  const words = names.map((name) => name.split(/(?<=[-_/ .,])|(?<=\D)(?=\d)/));
  const same = words.every(({ length }) => length === words[0].length);
  const shared = (k: number): boolean => words.every((other) => other[k] === words[0][k]);
  const common = same
    ? words[0].filter((word, k) => shared(k) && (shared(k + 1) || !/^(?:seed|s)$/i.test(word)))
    : words[0].slice(
        0,
        words[0].findIndex((_, k) => !shared(k)),
      );
  const name = common
    .join('')
    .replace(/[-_/ .,=]+$/, '')
    .replace(/(?:^|[-_/ .,])(?:seed|s)$/i, '')
    .replace(/^[-_/ .,]+|[-_/ .,]+$/g, '');
  return name === '' ? names[0] : name;
}
