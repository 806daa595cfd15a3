import { SaxesParser } from 'saxes';

/** An element of an XML document with the text right in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Names of what it is in, outermost first. */
  readonly within: readonly string[];
  text: string;
}

/** Every element of an XML document, in order. @throws Error where it is not well-formed, namespaces included */
export function elementsOf(xml: string): XmlElement[] {
  const found: XmlElement[] = [];
  const open: XmlElement[] = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const values = Object.entries(attributes).map(([key, { value }]) => [key, value]);
    const within = open.map((element) => element.name);
    const element = { name, attributes: Object.fromEntries(values), within, text: '' };
    found.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const last = open.at(-1);
    if (last) last.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(xml).close();
  return found;
}
