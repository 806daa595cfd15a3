import type { OptimizerRule } from './rule.js';

/**
 * A rule whose weight decay is of every parameter, norms and biases too, as PyTorch's optimisers have it of the parameters
 * of a whole model; else kdx leaves those out, as timm does.
 */
export const decayAll = (rule: OptimizerRule): OptimizerRule => ({
  ...rule,
  text: `${rule.text}, norms and biases decay too`,
  update: (updates) => rule.update(updates.map((update) => ({ ...update, decay: true }))),
});
