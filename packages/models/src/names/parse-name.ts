import { type KdxError } from '@kdx/tensor';
import { kdxError } from '../errors.js';

/** A model name taken apart: `deit_tiny_patch16_224?img=32&patch=4@teacher.safetensors`. */
export interface ParsedName {
  /** What a family knows: `deit_tiny_patch16_224`. */
  readonly base: string;
  /** What was said after `?`, in order; numbers, booleans and lists in JSON, everything else as text. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The file after `@`. */
  readonly weights?: string;
}

/**
 * Takes `base[?key=value[&key=value…]][@weights file]` apart. Values are data, never code: what is valid JSON is read as
 * JSON, the rest stays text (percent-decoded, so that `%26` is an `&` in a value).
 *
 * @throws KdxError `KDX_MODEL_NAME` for an empty base, an option without value, one said twice, or options after `@`.
 */
export function parseName(name: string): ParsedName {
  const at = name.indexOf('@');
  const weights = at < 0 ? undefined : name.slice(at + 1);
  const [base, query, ...rest] = (at < 0 ? name : name.slice(0, at)).split('?');
  if (base === '' || rest.length > 0) {
    throw malformed(name, 'A model name is "name?option=value&option=value@weights.safetensors"');
  }
  if (weights === '') throw malformed(name, 'There is no file after "@"');
  if (weights !== undefined && /\.safetensors\?/.test(weights)) {
    throw malformed(name, 'Options stand before the weights: "name?option=value@weights.safetensors"');
  }
  const options: Record<string, unknown> = {};
  for (const pair of query ? query.split('&') : []) {
    const [, key, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (key === undefined) throw malformed(name, `The option "${pair}" has no value; write "option=value"`);
    if (key === '__proto__') throw malformed(name, 'There is no option "__proto__"');
    if (Object.hasOwn(options, key)) throw malformed(name, `The option "${key}" is there twice`);
    options[key] = readValue(value);
  }
  return { base, options, weights };
}

/** The inverse of {@link parseName}, without the weights. Options keep the order given. */
export function formatName(base: string, options: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(options).map(([key, value]) => `${key}=${writeValue(value)}`);
  return pairs.length === 0 ? base : `${base}?${pairs.join('&')}`;
}

function readValue(text: string): unknown {
  const plain = decode(text);
  try {
    return JSON.parse(plain);
  } catch {
    return plain;
  }
}

function writeValue(value: unknown): string {
  const isNumbers =
    Array.isArray(value) && value.length > 1 && value.every((item) => typeof item === 'number');
  const text = isNumbers
    ? value.join(',')
    : typeof value === 'string'
      ? quoteIfJson(value)
      : JSON.stringify(value);
  return text.replace(/[%&=?@]/g, encodeURIComponent);
}

/** Text that would be read as JSON is written as a JSON string, so that it comes back as text. */
function quoteIfJson(text: string): string {
  return readValue(encodeURIComponent(text)) === text ? text : JSON.stringify(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const malformed = (name: string, sentence: string): KdxError =>
  kdxError('KDX_MODEL_NAME', `${sentence} (in "${name}").`);
