import { choices, h } from './dom';
import { hasFamilies } from './series';
import { firstHidden, type Part, type State } from './state';

/** Whether runs that differ only in their seed are one line, and what is drawn around it. */
export function grouping(redraw: () => void): Part {
  let shown: State | undefined;
  const seeds = choices(
    'Runs that differ only in their seed',
    [
      { value: 'together', label: 'mean over seeds' },
      { value: 'each', label: 'each seed' },
    ],
    () => (shown?.together === false ? 'each' : 'together'),
    (value) => {
      if (!shown) return;
      shown.together = value === 'together';
      // Other lines have other names.
      shown.hidden = firstHidden(shown);
      redraw();
    },
  );
  const band = choices(
    'Around a mean',
    [
      { value: 'range', label: 'min–max' },
      { value: 'std', label: '± std' },
      { value: 'none', label: 'none' },
    ],
    () => shown?.band ?? 'range',
    (value) => {
      if (!shown) return;
      shown.band = value as State['band'];
      redraw();
    },
  );
  const around = h('span', { class: 'choose' }, 'band ', band);
  const element = h('div', { class: 'tools grouping' }, seeds, around);
  return {
    element,
    update(state) {
      shown = state;
      element.hidden = !hasFamilies(state.data);
      around.hidden = !state.together;
    },
  };
}
