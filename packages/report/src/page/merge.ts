import type { PageData, PageUpdate, RunUpdate, RunView } from './page-data';

/** Takes over what a server says is new; what it leaves out as unchanged stays. */
export function merge(data: PageData, { order, runs, sheets, ...rest }: PageUpdate): PageData {
  const known = new Map(data.runs.map((run) => [run.id, run]));
  for (const run of runs) known.set(run.id, whole(run, known.get(run.id)));
  const shown = order.map((id) => known.get(id)).filter((run) => run !== undefined);
  const used = new Set(shown.map(({ pool }) => pool?.sheet));
  const all = Object.entries({ ...data.sheets, ...sheets });
  return { ...rest, runs: shown, sheets: Object.fromEntries(all.filter(([hash]) => used.has(hash))) };
}

function whole({ same, ...run }: RunUpdate, before: RunView | undefined): RunView {
  const kept = same.map((part) => [part, before?.[part]] as const);
  return { config: [], environment: [], log: [], ...run, ...Object.fromEntries(kept) };
}
