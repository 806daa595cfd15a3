import { h } from './dom';
import { points } from './format';

/** Points gained, in the colour of more or less; or of none where nothing is certain. */
export function gainText(gain: number, certain = true): HTMLElement {
  const text = points(gain);
  const kind = !certain
    ? undefined
    : text.startsWith('−')
      ? 'less'
      : text.startsWith('+')
        ? 'more'
        : undefined;
  return h('span', { class: kind }, text);
}
