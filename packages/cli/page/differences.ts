import { h, section } from './dom';
import { NONE } from './format';
import type { RunView } from './page-data';
import type { Part } from './state';

/** Settings in which runs differ, side by side. */
export function differences(): Part {
  const table = h('table', { id: 'config-differences' });
  const none = h('p', {}, 'All runs have the same config.');
  const element = section(
    'differences',
    'What differs in their configs',
    none,
    h('div', { class: 'scroll' }, table),
  );
  return {
    element,
    update({ data: { runs } }) {
      element.hidden = runs.length < 2;
      const byRun = runs.map(({ config }) => new Map(config.map(({ key, value }) => [key, value])));
      const keys = [...new Set(byRun.flatMap((config) => [...config.keys()]))];
      const differ = keys.filter(
        (key) => new Set(byRun.map((config) => config.get(key))).size > 1 && key !== 'out',
      );
      none.hidden = differ.length > 0;
      table.hidden = differ.length === 0;
      table.replaceChildren(
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'run'),
            ...differ.map((key) => h('th', { scope: 'col' }, key)),
          ),
        ),
        h(
          'tbody',
          {},
          ...runs.map((run, k) =>
            rowOf(
              run,
              differ.map((key) => byRun[k].get(key)),
            ),
          ),
        ),
      );
    },
  };
}

const rowOf = ({ name }: RunView, values: readonly (string | undefined)[]): HTMLElement =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    ...values.map((value) => h('td', {}, h('code', {}, value ?? NONE))),
  );
