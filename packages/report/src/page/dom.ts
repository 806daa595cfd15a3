type Child = Node | string | null | undefined | false;
type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void) | undefined>>;

/**
 * An element with its attributes, listeners (functions) and children. Text is always text: what runs say is never read as
 * HTML.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children)
    if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** A short piece of a line, as it is drawn in charts. */
export function swatch(colour: string, dash: readonly number[]): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'swatch');
  svg.setAttribute('viewBox', '0 0 24 8');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'line');
  for (const [name, value] of Object.entries({ x1: 1, x2: 23, y1: 4, y2: 4, stroke: colour }))
    line.setAttribute(name, String(value));
  line.setAttribute('stroke-width', '3');
  line.setAttribute('stroke-dasharray', dash.join(' '));
  svg.append(line);
  return svg;
}

/** A section of the page with its heading; hidden while it has nothing to show. */
export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title` }, title),
    ...children,
  );
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A row of buttons of which one is chosen. */
export function choices(
  label: string,
  options: readonly Choice[],
  chosen: () => string,
  choose: (value: string) => void,
): HTMLElement {
  const buttons = options.map(({ value, label: text }) =>
    h(
      'button',
      {
        type: 'button',
        'aria-pressed': String(value === chosen()),
        click: () => {
          choose(value);
          for (const [k, button] of buttons.entries())
            button.setAttribute('aria-pressed', String(options[k].value === chosen()));
        },
      },
      text,
    ),
  );
  return h('div', { class: 'choices', role: 'group', 'aria-label': label }, ...buttons);
}
