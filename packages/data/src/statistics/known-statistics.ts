import type { Normalization } from '@kdx/core';

/** Per-channel statistics (R, G, B of pixels in [0, 1]) that published weights were trained with. */
export const KNOWN_STATISTICS = {
  /** Of the ImageNet-1k training images; torchvision's and timm's `IMAGENET_DEFAULT`, DeiT, RegNet. */
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  /** Of the 50,000 training images, over all pixels (Krizhevsky 2009 gives the images). */
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  /** CIFAR-10 with the deviation taken per image and averaged, as many PyTorch training scripts have it. */
  cifar10PerImage: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  /** Of the 50,000 training images, as in CRD (Tian et al. 2020), whose model zoo most distillation papers use. */
  cifar100: { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] },
  /** Pixels scaled to [−1, 1]; Inception, and the ViT weights of Dosovitskiy et al. (2021). */
  inception: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
} as const satisfies Record<string, Normalization>;

export interface NamedStatistics extends Normalization {
  /** For people, e.g. `ImageNet`. */
  readonly name: string;
}

/**
 * Every statistics that images of so many channels are usually normalised with: the published ones for colour, MNIST's
 * for grey, [−1, 1] and none for any.
 */
export function knownStatistics(channels: number): readonly NamedStatistics[] {
  const { imagenet, cifar10, cifar10PerImage, cifar100 } = KNOWN_STATISTICS;
  const published: readonly NamedStatistics[] = [
    { name: 'CIFAR-100', ...cifar100 },
    { name: 'CIFAR-10', ...cifar10 },
    { name: 'CIFAR-10 (deviation per image)', ...cifar10PerImage },
    { name: 'ImageNet', ...imagenet },
    // LeCun et al.'s 60,000 training images, over all pixels.
    { name: 'MNIST', mean: [0.1307], std: [0.3081] },
  ];
  const same = (value: number): number[] => Array<number>(channels).fill(value);
  return [
    ...published.filter(({ mean }) => mean.length === channels),
    { name: 'pixels in [−1, 1]', mean: same(0.5), std: same(0.5) },
    { name: 'pixels in [0, 1] as they are', mean: same(0), std: same(1) },
  ];
}
