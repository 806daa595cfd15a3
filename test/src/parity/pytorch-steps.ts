import type { ParityCase } from './cases.js';
import { type Losses, startFiles } from './kdx-steps.js';
import { runPytorch } from './pytorch.js';

/** Trains a case in PyTorch from the files that a run of kdx left in a folder. */
export async function pytorchSteps(
  { name, optimizer, lr, weightDecay }: ParityCase,
  folder: string,
  precision: 'float32' | 'float64' = 'float32',
): Promise<Losses> {
  const { student, teacher, batches } = startFiles(folder);
  const printed = await runPytorch('twenty_steps.py', [
    ...['--case', name, '--student', student, '--teacher', teacher, '--batches', batches],
    ...['--optimizer', optimizer, '--lr', String(lr), '--weight-decay', String(weightDecay)],
    ...['--precision', precision],
  ]);
  const { losses, evaluation_loss } = printed as { losses: number[]; evaluation_loss: number };
  return { losses, evaluationLoss: evaluation_loss };
}
