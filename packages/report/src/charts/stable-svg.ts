import { createHash } from 'node:crypto';

/**
 * An SVG of ECharts as a picture: without what only its browser part reads, and with ids made from the picture itself in
 * place of those that count the charts a process has drawn. Equal pictures have equal bytes, and different ones can stand
 * in one page.
 */
export function stableSvg(svg: string): string {
  // All of it is matched with quotes around or within tags, which the text of a label never has: there they are escaped.
  const picture = svg
    .replaceAll(/ class="zr\d+-cls-\d+"| ecmeta_\w+="[^"]*"/g, '')
    .replaceAll(/<style >.*?<\/style>\n?/gs, '')
    .replaceAll(/(\bid="|="url\(#)zr\d+-/g, '$1kdx-');
  const hash = createHash('sha256').update(picture).digest('hex').slice(0, 8);
  return picture.replaceAll(/(\bid="|="url\(#)kdx-/g, `$1kdx-${hash}-`);
}
