/** One training step of a model of the zoo that `test/parity/zoo_step.py` takes too. */
export interface ZooCase {
  /** kdx's name of the model, without options. */
  readonly model: string;
  /** File in `test/parity/reference`; its `member(name, classes)` makes the model. */
  readonly reference: string;
  /** Side of the images in pixels; small, for the sake of time. */
  readonly img: number;
  readonly batch: number;
}

/** One member of each family, or one of each kind of block. */
export const ZOO_CASES: readonly ZooCase[] = [
  { model: 'cifar_resnet8', reference: 'resnet', img: 16, batch: 8 },
  { model: 'cifar_wrn_16_1', reference: 'wide_resnet', img: 16, batch: 8 },
  { model: 'cifar_vgg8', reference: 'vgg', img: 16, batch: 8 },
  { model: 'cifar_ResNet18', reference: 'resnet50', img: 16, batch: 4 },
  { model: 'cifar_ResNet50', reference: 'resnet50', img: 16, batch: 4 },
  { model: 'cifar_mobilenetv2', reference: 'mobilenet', img: 32, batch: 4 },
  { model: 'cifar_shufflev1', reference: 'shufflev1', img: 24, batch: 4 },
  { model: 'cifar_shufflev2', reference: 'shufflev2', img: 24, batch: 4 },
];

/**
 * Learnable numbers at 100 classes (spec of Tf-FD §3.2), by reference file and kdx's name. What the reference itself was
 * not written for is not here.
 */
export const ZOO_COUNTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  resnet: {
    cifar_resnet8: 83_892,
    cifar_resnet14: 181_108,
    cifar_resnet20: 278_324,
    cifar_resnet32: 472_756,
    cifar_resnet44: 667_188,
    cifar_resnet56: 861_620,
    cifar_resnet110: 1_736_564,
    cifar_resnet8x4: 1_233_540,
    cifar_resnet32x4: 7_433_860,
  },
  wide_resnet: {
    cifar_wrn_16_1: 180_916,
    cifar_wrn_16_2: 703_284,
    cifar_wrn_40_1: 569_780,
    cifar_wrn_40_2: 2_255_156,
  },
  vgg: {
    cifar_vgg8: 3_965_028,
    cifar_vgg11: 9_277_284,
    cifar_vgg13: 9_462_180,
    cifar_vgg16: 14_774_436,
    cifar_vgg19: 20_086_692,
  },
  resnet50: {
    cifar_ResNet18: 11_220_132,
    cifar_ResNet34: 21_328_292,
    cifar_ResNet50: 23_705_252,
  },
  mobilenet: { cifar_mobilenetv2: 812_836 },
  shufflev1: { cifar_shufflev1: 949_258 },
  shufflev2: { cifar_shufflev2: 1_355_528 },
};
