import { Linear, truncatedNormal, zeros } from '@kdx/nn';
import type { Scope } from '@kdx/tensor';
import { patchDoesNotDivide } from '../../errors.js';
import type { Head, ModelContext, ModelDefinition, ModelParts } from '../../recipe/definition.js';
import { IMAGENET } from '../../recipe/normalization.js';
import type { ModelFamily } from '../family.js';
import {
  dropPathRates,
  headCount,
  mhcaBlocks,
  type VitOptions,
  type VitSchema,
  vitOptions,
} from './options.js';
import { tokenAt, VitTrunk } from './trunk.js';

/** Token width of each size; depth is 12 and heads are 64 wide in all (spec of DeiT §1.1). */
const WIDTHS: Readonly<Record<string, number>> = { tiny: 192, small: 384, base: 768 };

/** Stochastic depth of DeiT's recipe (spec of DeiT §1.5); timm's plain ViTs have none. */
const DEIT_DROP_PATH = 0.1;

const SIZES = Object.keys(WIDTHS);

/**
 * Vision transformers (Dosovitskiy et al. 2021) and DeiT (Touvron et al. 2021) by their timm names. Patch and input
 * size are part of the name and can be overridden by options; `_distilled` has a distillation token and its own head.
 */
export const vit: ModelFamily<VitSchema> = {
  name: 'vit',
  source: 'Touvron et al. 2021, DeiT; names of timm',
  names: [
    ...SIZES.map((size) => `vit_${size}_patch16_224`),
    ...SIZES.map((size) => `deit_${size}_patch16_224`),
    ...SIZES.map((size) => `deit_${size}_distilled_patch16_224`),
  ],
  pattern:
    /^(?:(vit|deit)_(tiny|small|base)|(deit)_(tiny|small|base)(_distilled))_patch([1-9]\d*)_([1-9]\d*)$/,
  define(match) {
    const [name, plain, plainSize, deit, deitSize, distilled, patch, img] = match;
    const [kind, size] = [plain ?? deit, plainSize ?? deitSize];
    return vitDefinition({ name, kind, size, distilled: distilled !== undefined, patch: +patch, img: +img });
  },
};

interface VitName {
  readonly name: string;
  readonly kind: string;
  readonly size: string;
  readonly distilled: boolean;
  readonly patch: number;
  readonly img: number;
}

function vitDefinition({ name, kind, size, distilled, patch, img }: VitName): ModelDefinition<VitSchema> {
  return {
    name,
    options: vitOptions({ patch, dim: WIDTHS[size], dropPath: kind === 'deit' ? DEIT_DROP_PATH : 0 }),
    supports: ['distillation-token', 'convolutional-attention'],
    adaptations: distilled ? { 'distillation-token': true } : {},
    adaptedName: (adaptation) =>
      adaptation === 'distillation-token' && kind === 'deit' && !distilled
        ? `deit_${size}_distilled_patch${patch}_${img}`
        : undefined,
    adaptedOptions: {
      'convolutional-attention': ({ blocks, dropout, dropoutOn, mode }) => ({
        mhca: blocks,
        'mhca-dropout': dropout,
        'mhca-dropout-on': dropoutOn,
        'mhca-mode': mode,
      }),
    },
    classes: 1000,
    imageSize: [img, img, 3],
    fixedSize: true,
    normalization: () => IMAGENET,
    build: buildVit,
  };
}

function buildVit(
  scope: Scope,
  { name, classes, imageSize, options, adaptations }: ModelContext<VitOptions>,
): ModelParts {
  const [H, W, channels] = imageSize;
  const { patch, dim } = options;
  if (H % patch !== 0 || W % patch !== 0) throw patchDoesNotDivide(name, imageSize, patch);
  const distillationToken = adaptations['distillation-token'] === true;
  const grid = [H / patch, W / patch] as const;
  const trunk = new VitTrunk(scope, {
    channels,
    patch,
    grid,
    dim,
    heads: headCount(name, options),
    mlpRatio: options['mlp-ratio'],
    dropPath: dropPathRates(name, options),
    drop: options.drop,
    distillationToken,
    convolutional: {
      blocks: mhcaBlocks(name, options),
      dropout: options['mhca-dropout'],
      dropoutOn: options['mhca-dropout-on'],
      mode: options['mhca-mode'],
    },
  });
  const head = (path: string, token: number): Head => {
    const layer = new Linear(scope.child(path), dim, classes, {
      weightInit: truncatedNormal(0.02),
      biasInit: zeros,
    });
    return (tokens, call) => layer.apply(tokenAt(tokens, token), call);
  };
  const blocks = Array.from({ length: options.depth }, (_, block) => `blocks.${block}`);
  return {
    trunk,
    features: ['patch_embed', ...blocks].map((tap) => ({ tap, layout: 'tokens', grid })),
    heads: { class: head('head', 0), distillation: distillationToken ? head('head_dist', 1) : undefined },
  };
}
