import { type HeadRule, type WeightFacts } from '@kdx/core';
import { CLASS_NAMES_KEY } from '@kdx/task-classification';
import { parseJson } from '@kdx/tensor';
import { z } from 'zod';
import { kdxError } from '../errors.js';

/** What a weights file says of the model in it, next to its tensors. Files from elsewhere say none of it. */
export type WeightsInfo = Omit<WeightFacts, 'file' | 'notes'>;

const side = z.int().positive();

const HEAD_RULES = ['class', 'distillation', 'mean', 'sum-softmax'] as const satisfies readonly HeadRule[];

/** Key that core's `exportStudent` writes, and shape of what stands behind it, for each field. */
const FIELDS = {
  model: ['kdx.model', z.string()],
  classes: ['kdx.classes', z.number().int().positive()],
  labelNames: [CLASS_NAMES_KEY, z.array(z.string())],
  inputSize: ['kdx.inputSize', z.tuple([side, side, side])],
  mean: ['kdx.mean', z.array(z.number())],
  std: ['kdx.std', z.array(z.number())],
  headRule: ['kdx.headRule', z.enum(HEAD_RULES)],
} as const satisfies Record<keyof WeightsInfo, readonly [string, z.ZodType]>;

/** Fields whose text is the value itself; the others are JSON. */
const PLAIN: readonly (keyof WeightsInfo)[] = ['model', 'headRule'];

/** @throws KdxError `KDX_WEIGHTS_METADATA` when a kdx field does not hold what it should. */
export function decodeInfo(file: string, metadata: Readonly<Record<string, string>>): WeightsInfo {
  const info: Record<string, unknown> = {};
  for (const field of Object.keys(FIELDS) as (keyof WeightsInfo)[]) {
    const [key, schema] = FIELDS[field];
    const text = metadata[key];
    if (text === undefined) continue;
    const parsed = schema.safeParse(PLAIN.includes(field) ? text : decoded(text));
    if (!parsed.success) {
      throw kdxError(
        'KDX_WEIGHTS_METADATA',
        `"${file}" says ${key} = ${text.slice(0, 80)}, which kdx cannot read; export the weights again or remove that metadata.`,
      );
    }
    info[field] = parsed.data;
  }
  return info;
}

function decoded(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
