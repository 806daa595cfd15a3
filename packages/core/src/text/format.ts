import type { BackendInfo } from '@kdx/tensor';
import type { SampleKind } from '../run.js';

/** `12,345`. */
export const count = (n: number): string => n.toLocaleString('en-US');

/** `72.63 %`. */
export const percent = (value: number, digits = 2): string => `${value.toFixed(digits)} %`;

/** Seconds as `3:05` or `1:02:05`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Four significant digits, without an exponent for everyday sizes. */
export const number = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
    ? value.toExponential(2)
    : String(+value.toPrecision(4));

/** `1 epoch`, `30 epochs`; of an irregular word its plural is given. */
export const counted = (n: number, what: string, plural = `${what}s`): string =>
  `${count(n)} ${n === 1 ? what : plural}`;

/** `2,000 test images`, or `512 of 2,000 test images, a class-balanced sample`. */
export function scoredImages(
  { images }: { readonly images: number },
  split: string,
  sample: { readonly of: number; readonly kind: SampleKind } | undefined,
): string {
  if (sample === undefined) return counted(images, `${split} image`);
  return `${count(images)} of ${counted(sample.of, `${split} image`)}, a ${sample.kind} sample`;
}

/** What a back end computes on: `2 threads`, `cuda:0`. */
export const placeOf = ({ device, threads }: Pick<BackendInfo, 'device' | 'threads'>): string =>
  device === 'cpu' ? counted(threads, 'thread') : device;
