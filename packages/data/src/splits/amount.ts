/** A number of images, or a share of those there are. */
export interface Amount {
  readonly value: number;
  readonly unit: 'images' | 'percent';
}

/** `5000` or `10%`; `undefined` for anything else. */
export function parseAmount(text: string): Amount | undefined {
  const match = /^(\d+|\d+(?:\.\d+)?(%))$/.exec(text);
  if (match === null) return undefined;
  const value = Number.parseFloat(text);
  if (match[2] === '%') return value <= 100 ? { value, unit: 'percent' } : undefined;
  return Number.isSafeInteger(value) ? { value, unit: 'images' } : undefined;
}

/** Images that `amount` means out of `total`; shares are rounded to the nearest image. */
export const imagesOf = (amount: Amount | number, total: number): number => {
  if (typeof amount === 'number') return amount;
  return amount.unit === 'images' ? amount.value : Math.round((amount.value / 100) * total);
};
