/** A number for people: the rounding of its arithmetic, as in 1 − 0.9 = 0.09999999999999998, left out. */
export const numberText = (value: number): string => String(Number(value.toPrecision(12)));
