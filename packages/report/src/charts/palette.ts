/**
 * Colours of things compared, in their order, told apart by the colour-blind too (Okabe and Ito, "Color Universal Design",
 * 2008; their yellow is too light for a line on white).
 */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const;

/** The colour of the k-th thing; the seven go round. */
export const colourOf = (k: number): string => COLOURS[k % COLOURS.length];
