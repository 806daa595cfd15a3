import type { OptimizerRule } from './rule.js';

/**
 * A rule whose weight decay applies to every parameter, norms and biases too, as PyTorch's optimisers do when they get all
 * parameters of a model; otherwise kdx leaves norms and biases out, as timm does.
 */
export const decayAll = (rule: OptimizerRule): OptimizerRule => ({
  ...rule,
  text: `${rule.text}, norms and biases decay too`,
  update: (updates) => rule.update(updates.map((update) => ({ ...update, decay: true }))),
});
