import { h } from './dom';
import { points } from './format';

/** What was gained, in the colour of better or worse; or of none where nothing is certain. */
export function gainText(gain: number, certain = true, better: 'higher' | 'lower' = 'higher'): HTMLElement {
  const text = points(gain);
  const kind = !certain
    ? undefined
    : text.startsWith(better === 'higher' ? '−' : '+')
      ? 'less'
      : text.startsWith(better === 'higher' ? '+' : '−')
        ? 'more'
        : undefined;
  return h('span', { class: kind }, text);
}
