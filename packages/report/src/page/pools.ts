import { h, section } from './dom';
import { count } from './format';
import type { PoolView } from './page-data';
import type { Part } from './state';

/** Some of the synthesised images that runs were trained on; a pool that several share stands there once. */
export function pools(): Part {
  const sheets = h('div', { class: 'sheets' });
  const element = section('images', 'Synthesised images', sheets);
  let drawn = '';
  return {
    element,
    update({ data }) {
      const shared = new Map<string, { readonly pool: PoolView; readonly runs: string[] }>();
      for (const { name, pool } of data.runs) {
        if (!pool) continue;
        const known = shared.get(pool.sheet);
        if (known) known.runs.push(name);
        else shared.set(pool.sheet, { pool, runs: [name] });
      }
      element.hidden = shared.size === 0;
      const key = JSON.stringify([...shared]);
      // Images that are there already would flicker if they were set again.
      if (key === drawn) return;
      drawn = key;
      sheets.replaceChildren(
        ...[...shared.values()].map(({ pool, runs }) =>
          h(
            'figure',
            { class: 'card' },
            h(
              'figcaption',
              {},
              h('h3', {}, pool.name),
              h(
                'p',
                { class: 'note' },
                `${count(pool.images)} images, some of them here; trained on by ${runs.join(', ')}`,
              ),
            ),
            h(
              'div',
              { class: 'scroll' },
              h('img', {
                src: data.sheets[pool.sheet],
                alt: `Images of the pool ${pool.name}, a row for each class`,
              }),
            ),
          ),
        ),
      );
    },
  };
}
