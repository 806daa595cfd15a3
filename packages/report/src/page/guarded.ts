import { h } from './dom';
import type { Part, State } from './state';

const sentences = new WeakMap<Part, HTMLElement>();

/** Draws a part; one that fails says so in its place, and takes no other part of the page with it. */
export function updateGuarded(part: Part, state: State): void {
  sentences.get(part)?.remove();
  try {
    part.update(state);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const sentence = h('p', { class: 'fault', role: 'alert' }, `This part cannot be drawn: ${why}`);
    sentences.set(part, sentence);
    part.element.append(sentence);
    part.element.hidden = false;
  }
}
