import { z } from 'zod';

const numberList = z.union([
  z.array(z.number()).min(1),
  z.number().transform((value) => [value]),
  z
    .string()
    .regex(/^-?[\d.e-]+(,-?[\d.e-]+)*$/i, 'takes numbers with commas between them, one per channel')
    .transform((text) => text.split(',').map(Number)),
]);

const side = z.number().int().min(1).max(16384);

/** Options that every model has. */
export const commonOptions = z.object({
  img: z
    .union([
      side.transform((size) => [size, size] as const),
      z
        .string()
        .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, 'takes one side in pixels, or height and width such as 32x48')
        .transform((text) => text.split('x').map(Number) as unknown as readonly [number, number]),
    ])
    .optional()
    .describe('input size in pixels: one side, or height and width such as 32x48'),
  mean: numberList.optional().describe('per-channel mean the images are normalised with, in [0, 1]'),
  std: numberList.optional().describe('per-channel standard deviation the images are normalised with'),
});

export type CommonOptions = z.output<typeof commonOptions>;
