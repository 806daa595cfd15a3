import { h } from './dom';
import { seriesOf } from './series';
import type { Part } from './state';

/** Says how many lines are off, where any are: with many runs that is how a page begins. */
export function offNote(): Part {
  const element = h('p', { class: 'note off' });
  return {
    element,
    update(state) {
      const all = seriesOf(state);
      const off = all.filter(({ id }) => state.hidden.has(id)).length;
      element.hidden = off === 0;
      element.textContent = `${off} of ${all.length} lines ${off === 1 ? 'is' : 'are'} off; the buttons above draw them.`;
    },
  };
}
