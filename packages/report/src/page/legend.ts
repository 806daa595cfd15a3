import { h, swatch } from './dom';
import { seriesOf } from './series';
import type { Part, State } from './state';
import { lineLook } from './theme';

/** One legend for all charts of the page: which line is which run, and which are drawn. Stays in sight. */
export function legend(redraw: () => void): Part {
  const element = h('nav', { class: 'legend', 'aria-label': 'Runs that are drawn' });
  return {
    element,
    update(state: State) {
      const { hidden } = state;
      const all = seriesOf(state);
      element.hidden = all.length < 2;
      const chips = all.map(({ id, name, place }) => {
        const { colour, dash } = lineLook(place);
        const chip = h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(!hidden.has(id)),
            title: hidden.has(id) ? `Draw ${name}` : `Leave ${name} out of the charts`,
            click: () => {
              if (!hidden.delete(id)) hidden.add(id);
              redraw();
            },
          },
          h('span', { class: 'name' }, name),
        );
        chip.prepend(swatch(colour, dash));
        return chip;
      });
      const left = element.scrollLeft;
      const at = [...element.children].indexOf(document.activeElement as Element);
      element.replaceChildren(...chips);
      element.scrollLeft = left;
      // Whoever goes through the runs by keyboard stays where they were.
      if (at >= 0) (element.children[at] as HTMLElement | undefined)?.focus();
    },
  };
}
