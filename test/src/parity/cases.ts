import { deit } from '@kdx/plugin-deit';
import { kd } from '@kdx/plugin-kd';
import type { DistillOptions } from '@kdx/run';

/** A training set-up that `test/parity/twenty_steps.py` knows too. */
export interface ParityCase {
  /** The script's name of it. */
  readonly name: 'resnet20-kd' | 'deit-distilled';
  readonly student: string;
  readonly plugins: DistillOptions['plugins'];
  readonly optimizer: 'sgd' | 'adamw';
  readonly lr: number;
  readonly weightDecay: number;
}

const RESNET = {
  name: 'resnet20-kd',
  student: 'cifar_resnet20',
  plugins: [kd()],
} as const;

const DEIT = {
  name: 'deit-distilled',
  student: 'deit_tiny_distilled_patch16_224?img=32&patch=4&dim=96&depth=3&drop-path=0',
  plugins: [deit()],
} as const;

/**
 * Batch norm makes a ResNet's steps chaotic: at the rates that one would train with, rounding alone moves the losses by
 * 1e-2 within 20 steps (test/parity/README.md has the figures). Its rates here are those at which PyTorch in float32 stays
 * within 4e-6 of PyTorch in float64, while the updates still move the losses by 1e-3 and more. The DeiT's are the usual ones.
 */
export const CASES: readonly ParityCase[] = [
  { ...RESNET, optimizer: 'sgd', lr: 5e-5, weightDecay: 5e-4 },
  { ...RESNET, optimizer: 'adamw', lr: 3e-6, weightDecay: 0.05 },
  { ...DEIT, optimizer: 'sgd', lr: 0.05, weightDecay: 5e-4 },
  { ...DEIT, optimizer: 'adamw', lr: 1e-3, weightDecay: 0.05 },
];
