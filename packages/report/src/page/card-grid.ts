import { type ChartCard, chartCard } from './chart';
import { h } from './dom';

/** Charts side by side, as many as are asked for by name; those of before are kept. */
export interface CardGrid {
  readonly element: HTMLElement;
  /** The charts of these names, in this order, made where they are new. */
  cards(names: readonly string[]): ChartCard[];
}

export function cardGrid(): CardGrid {
  const element = h('div', { class: 'cards' });
  const made = new Map<string, ChartCard>();
  return {
    element,
    cards(names) {
      for (const [name, card] of made) {
        if (names.includes(name)) continue;
        card.dispose();
        card.element.remove();
        made.delete(name);
      }
      const cards = names.map((name) => {
        const card = made.get(name) ?? chartCard();
        made.set(name, card);
        return card;
      });
      // An element that is moved loses its scroll place and focus, so only a new order moves any.
      const inOrder = cards.every((card, k) => element.children[k] === card.element);
      if (!inOrder) element.replaceChildren(...cards.map((card) => card.element));
      return cards;
    },
  };
}
