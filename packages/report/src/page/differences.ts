import { h, section } from './dom';
import { NONE } from './format';
import { type Series, seriesOf } from './series';
import type { Part } from './state';

/** Settings in which runs differ, side by side. */
export function differences(): Part {
  const table = h('table', { id: 'config-differences' });
  const none = h('p', {}, 'All have the same config.');
  const element = section(
    'differences',
    'What differs in their configs',
    none,
    h('div', { class: 'scroll' }, table),
  );
  return {
    element,
    update(state) {
      const all = seriesOf(state);
      element.hidden = all.length < 2;
      const byRun = all.map(
        ({ runs: [{ config }] }) => new Map(config.map(({ key, value }) => [key, value])),
      );
      const keys = [...new Set(byRun.flatMap((config) => [...config.keys()]))];
      const differ = keys.filter(
        (key) =>
          new Set(byRun.map((config) => config.get(key))).size > 1 &&
          key !== 'out' &&
          // Seeds of a family are many.
          !(key === 'seed' && all.some(({ runs }) => runs.length > 1)),
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
            h('th', { scope: 'col' }, all.some(({ runs }) => runs.length > 1) ? 'arm' : 'run'),
            ...differ.map((key) => h('th', { scope: 'col' }, key)),
          ),
        ),
        h(
          'tbody',
          {},
          ...all.map((series, k) =>
            rowOf(
              series,
              differ.map((key) => byRun[k].get(key)),
            ),
          ),
        ),
      );
    },
  };
}

const rowOf = ({ name }: Series, values: readonly (string | undefined)[]): HTMLElement =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, name),
    ...values.map((value) => h('td', {}, h('code', {}, value ?? NONE))),
  );
