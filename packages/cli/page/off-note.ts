import { h } from './dom';
import type { Part } from './state';

/** Says how many lines are off, where any are: with many runs that is how a page begins. */
export function offNote(): Part {
  const element = h('p', { class: 'note off' });
  return {
    element,
    update({ data: { runs }, hidden }) {
      const off = runs.filter(({ id }) => hidden.has(id)).length;
      element.hidden = off === 0;
      element.textContent = `${off} of ${runs.length} lines ${off === 1 ? 'is' : 'are'} off; the buttons above draw them.`;
    },
  };
}
