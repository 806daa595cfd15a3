import type { Normalization } from '@kdx/core';

/** Per-channel statistics (R, G, B of pixels in [0, 1]) that published weights were trained with. */
export const KNOWN_STATISTICS = {
  /** Of the ImageNet-1k training images; torchvision's and timm's `IMAGENET_DEFAULT`, DeiT, RegNet. */
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  /** Of the 50,000 training images, over all pixels (Krizhevsky 2009 gives the images). */
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  /** Of the 50,000 training images, as in CRD (Tian et al. 2020), whose model zoo most distillation papers use. */
  cifar100: { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] },
  /** Pixels scaled to [−1, 1]; Inception, and the ViT weights of Dosovitskiy et al. (2021). */
  inception: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
} as const satisfies Record<string, Normalization>;
