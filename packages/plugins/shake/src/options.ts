import { type KdxError } from '@kdx/tensor';
import { z } from 'zod';
import { kdxError } from './errors.js';

/** How the shadow inherits from the teacher: its logits, its distribution or its decision. */
export const INHERITS = ['mse', 'kl', 'hard'] as const;
export type Inherit = (typeof INHERITS)[number];

const PRESETS = {
  /** The released code: a head on the frozen teacher's stages; every logit vector normalised. */
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the code's own number, which is not π
  official: { site: 'teacher', inherit: 'mse', shadowCe: true, logitNorm: 3.1415 },
  /** The poster's figure: no ground truth for the shadow, the teacher's distribution, plain logits. */
  poster: { site: 'teacher', inherit: 'kl', shadowCe: false, logitNorm: false },
  /** The submission's text: a head on the student's own backbone. */
  submission: { site: 'student', inherit: 'kl', shadowCe: false, logitNorm: false },
  /** The supplement's vision transformer: the distillation token's head is the shadow, and `deit/kd` its inheritance. */
  deit: { site: 'token', inherit: undefined, shadowCe: false, logitNorm: false },
} as const;

export type PresetName = keyof typeof PRESETS;

const weightOf = (what: string) => z.number().min(0).optional().describe(`weight of: ${what}; default 1`);

export const shakeOptions = z.strictObject({
  preset: z
    .enum(['official', 'poster', 'submission', 'deit'])
    .optional()
    .describe(
      'place of the shadow head and source of the defaults below; default deit for a student with a place for a distillation token, otherwise official',
    ),
  lambda: z.number().min(0).default(1).describe('λ, weight of student and shadow teaching each other'),
  gamma: z.number().min(0).default(1).describe('γ, weight of the ground truth that the student learns'),
  beta: z
    .number()
    .min(0)
    .default(1)
    .describe('β, weight of all that the shadow learns and teaches, on top of λ and of weights'),
  weights: z
    .strictObject({
      forward: weightOf('the student learns from the shadow'),
      reverse: weightOf('the shadow learns from the student'),
      inherit: weightOf('the shadow inherits from the teacher'),
      shadowCe: weightOf('the shadow learns the ground truth'),
    })
    .optional()
    .describe('weight of each of the shadow’s terms by itself, 0 is off; each default 1'),
  temperature: z.number().positive().default(4).describe('τ of every softened distribution'),
  reverse: z.boolean().default(true).describe('the shadow learns from the student (reversed distillation)'),
  inherit: z
    .enum(INHERITS)
    .optional()
    .describe("the shadow learns the teacher's logits, distribution or decision; default by preset"),
  shadowCe: z.boolean().optional().describe('the shadow learns the ground truth too; default by preset'),
  logitNorm: z
    .union([z.literal(false), z.number().positive()])
    .optional()
    .describe('every logit vector is normalised over the classes and multiplied by this; default by preset'),
  alpha: z
    .number()
    .min(0)
    .default(0)
    .describe('weight of the plain term, the student learns from the teacher'),
  stages: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      "the teacher's taps a teacher-side head reads, shallow first; default f1, f2, f3, or its last three stages",
    ),
  classifier: z
    .enum(['teacher', 'own'])
    .optional()
    .describe(
      "a teacher-side head ends in the teacher's frozen classifier, or in one of its own; default teacher",
    ),
  head: z
    .enum(['linear', 'stronger'])
    .optional()
    .describe(
      'a student-side head is a copy of the classifier, or has convolutions before it; default linear',
    ),
  feature: z
    .string()
    .optional()
    .describe("the student's tap a linear student-side head reads; default what its classifier reads"),
});

export type ShakeOptions = z.input<typeof shakeOptions>;

/** Factor of each of the shadow's terms. */
export type ShakeWeights = Readonly<Record<'forward' | 'reverse' | 'inherit' | 'shadowCe', number>>;

/** Options with a preset's defaults. */
export type ShakeSettings = Omit<z.output<typeof shakeOptions>, 'shadowCe' | 'logitNorm' | 'weights'> & {
  readonly preset: PresetName;
  readonly site: 'teacher' | 'student' | 'token';
  readonly shadowCe: boolean;
  readonly logitNorm: number | false;
  /** With λ and β; 0 for a term that is absent. */
  readonly weights: ShakeWeights;
};

/** Options with the preset's defaults, for a student with or without a distillation head. */
export function settle(options: z.output<typeof shakeOptions>, hasToken: boolean): ShakeSettings {
  const name = presetOf(options, hasToken);
  const preset = PRESETS[name];
  const idle = (['classifier', 'feature', 'head', 'stages'] as const).find(
    (option) => options[option] !== undefined && !SITE_OPTIONS[preset.site].includes(option),
  );
  if (idle) throw idleOption(idle, name);
  if (options.feature !== undefined && options.head === 'stronger')
    throw idleOption('feature', name, ' with head stronger');
  const shadowCe = options.shadowCe ?? preset.shadowCe;
  return {
    ...options,
    preset: name,
    site: preset.site,
    inherit: options.inherit ?? preset.inherit,
    shadowCe,
    weights: weightsOf(options, name, shadowCe),
    logitNorm: options.logitNorm ?? preset.logitNorm,
  };
}

/** Weights with λ and β. @throws KdxError `KDX_SHAKE_OPTION` for the weight of an absent term */
function weightsOf(
  { weights = {}, lambda, beta, reverse }: z.output<typeof shakeOptions>,
  preset: PresetName,
  shadowCe: boolean,
): ShakeWeights {
  if (weights.reverse !== undefined && !reverse)
    throw idleOption('weights.reverse', preset, ' with reverse false');
  if (weights.shadowCe !== undefined && !shadowCe)
    throw idleOption('weights.shadowCe', preset, ' with shadowCe false');
  if (weights.inherit !== undefined && PRESETS[preset].site === 'token')
    throw idleOption(
      'weights.inherit',
      preset,
      ', where deit/kd is the inheritance and deit’s alpha its weight',
    );
  return {
    forward: lambda * beta * (weights.forward ?? 1),
    reverse: reverse ? lambda * beta * (weights.reverse ?? 1) : 0,
    inherit: beta * (weights.inherit ?? 1),
    shadowCe: shadowCe ? beta * (weights.shadowCe ?? 1) : 0,
  };
}

/** Options that only a shadow at this place has. */
const SITE_OPTIONS: Readonly<Record<'teacher' | 'student' | 'token', readonly string[]>> = {
  teacher: ['classifier', 'stages'],
  student: ['feature', 'head'],
  token: [],
};

const idleOption = (option: string, preset: string, more = ''): KdxError =>
  kdxError(
    'KDX_SHAKE_OPTION',
    `Plugin "shake": the option ${option} does nothing with preset ${preset}${more}; leave it out, or choose another preset ("kdx plugins shake" lists them).`,
  );

export const presetOf = ({ preset }: { readonly preset?: PresetName }, hasToken: boolean): PresetName =>
  preset ?? (hasToken ? 'deit' : 'official');
