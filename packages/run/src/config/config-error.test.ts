import test from 'ava';
import { parseRunConfig } from './run-config.js';

function refusal(settings: object): string {
  try {
    parseRunConfig({ student: 'tiny', data: 'shapes', ...settings }, 'test');
  } catch (error) {
    return (error as Error).message;
  }
  return 'taken';
}

test('a key of another kind of optimiser or schedule: what this kind has', (t) => {
  t.regex(
    refusal({ optimizer: { name: 'adamw', momentum: 0.9 } }),
    /the optimizer adamw has no key "momentum"; it has betas, eps, weightDecay, decayAll\./,
  );
  t.regex(
    refusal({ optimizer: { name: 'sgd', betas: [0, 0] } }),
    /the optimizer sgd has no key "betas"; it has momentum, nesterov, weightDecay, decayAll\./,
  );
  t.regex(
    refusal({ schedule: { type: 'constant', gamma: 1 } }),
    /the schedule constant has no key "gamma"; it has/,
  );
});

test('a slip of the hand: what was meant', (t) => {
  t.regex(
    refusal({ optimizer: { name: 'sgd', momentun: 0.9 } }),
    /there is no key "optimizer\.momentun"\. Did you mean "momentum"\?/,
  );
  t.regex(refusal({ techer: 'x' }), /there is no key "techer"\. Did you mean "teacher"\?/);
  t.regex(refusal({ epcohs: 3 }), /there is no key "epcohs"\. Did you mean "epochs"\?/);
  t.regex(refusal({ wholly: 'unlike' }), /there is no key "wholly"\./);
});
