const isNumber = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** What stands where nothing is known. */
export const NONE = '–';

/** `72.63 %` */
export const percent = (value: number | null | undefined, digits = 2): string =>
  isNumber(value) ? `${value.toFixed(digits)} %` : NONE;

/** Points of a percentage with their sign: `+3.04`, `−1.20`, `0.00`. */
export function points(value: number): string {
  const size = Math.abs(value).toFixed(2);
  if (Number(size) === 0) return size;
  return `${value < 0 ? '−' : '+'}${size}`;
}

/** `12,345` */
export const count = (value: number | null | undefined): string =>
  isNumber(value) ? value.toLocaleString('en-US', { maximumFractionDigits: 0 }) : NONE;

/** Four significant digits. */
export function number(value: number | null | undefined): string {
  if (!isNumber(value)) return NONE;
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-3 || size >= 1e6)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(4)));
}

/** A fixed number of digits, so that a column can be compared. */
export const fixed = (value: number | null | undefined, digits: number): string =>
  isNumber(value) ? value.toFixed(digits) : NONE;

/** Seconds as `3:05` or `1:02:05`. */
export function duration(seconds: number | null | undefined): string {
  if (!isNumber(seconds)) return NONE;
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A time as the reader's clock says it. */
export function time(iso: string | undefined): string {
  const at = new Date(iso ?? '');
  return Number.isNaN(at.getTime())
    ? ''
    : at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for the HTML of ECharts' tooltips. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]);
