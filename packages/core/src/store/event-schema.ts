import { z } from 'zod';

/** JSON has null for a number that is not finite. */
const quantity = z.number().nullable();
const quantities = z.record(z.string(), quantity);
const place = z.int().min(0);
/** Which scores there are, the task of the run says. */
const scores = z.object({ images: place }).catchall(quantity);

/** What readers of `events.jsonl` rely on, by type of event. Types of a later kdx are taken as they are. */
const SHAPES: Readonly<Record<string, z.ZodType>> = {
  step: z.looseObject({
    step: place,
    epoch: place,
    loss: quantity,
    terms: quantities,
    weights: quantities.optional(),
    learningRate: quantity,
    imagesPerSecond: quantity,
  }),
  epoch: z.looseObject({
    step: place,
    epoch: place,
    loss: quantity,
    terms: quantities,
    seconds: z.number(),
  }),
  evaluation: z.looseObject({
    step: place,
    epoch: place,
    split: z.string(),
    weights: z.string(),
    heads: z.record(z.string(), scores),
  }),
  'teacher-cache': z.looseObject({ hits: place, misses: place }),
};

const anyEvent = z.looseObject({ type: z.string().min(1), step: place.optional() });

/** The schema that an event has to fit, by what it says of its type. */
export const eventSchema = (value: unknown): z.ZodType => {
  const { data } = anyEvent.safeParse(value);
  return (data && Object.hasOwn(SHAPES, data.type) && SHAPES[data.type]) || anyEvent;
};
