import { coveringKinds, type StepInspection, type StepKind, type StepProbe } from '@kdx/core/inspect';
import { type Composition } from '@kdx/core/run';
import { number } from '@kdx/core/text';
import type { CheckLine, Tell } from './check-report.js';

/** Norms below it are what rounding leaves of zero. */
const NO_GRADIENT = 1e-12;

export interface CheckedSteps {
  readonly inspections: readonly StepInspection[];
  readonly untrained: readonly string[];
}

/**
 * One batch through everything, at the first epoch and at each that computes a term which none before did.
 * @throws KdxError whatever a step of the run throws
 */
export async function checkSteps(
  composition: Composition,
  probe: StepProbe,
  kinds: readonly StepKind[],
  tell: Tell,
): Promise<CheckedSteps> {
  const inspections: StepInspection[] = [];
  const told = new Set<string>();
  for (const { clock } of coveringKinds(kinds)) {
    const step = await probe.inspect(clock);
    const where = inspections.length === 0 ? '' : ` (epoch ${step.epoch})`;
    inspections.push(step);
    tellReads(step, told, where, tell);
    tellTerms(step, told, where, tell);
    tellGradients(composition, step, where, tell);
  }
  const reached = new Set(inspections.flatMap((step) => step.reached));
  const untrained = [...probe.parameters.keys()].filter((name) => !reached.has(name));
  tellUntrained(untrained, probe.parameters.size, tell);
  return { inspections, untrained };
}

function tellReads({ reads }: StepInspection, told: Set<string>, where: string, tell: Tell): void {
  for (const { ref, shape, mean, std, zeros, nonFinite } of reads) {
    const key = `read ${ref}`;
    // What the data gives is looked at by the loader; here only whether it is sound.
    const isData = ref === 'images' || ref === 'targets';
    if (told.has(key) || (isData && nonFinite === 0)) continue;
    told.add(key);
    const text = `${ref} [${shape.join(', ')}]: mean ${number(mean)}, std ${number(std)}, ${(100 * zeros).toFixed(zeros > 0 && zeros < 0.1 ? 1 : 0)} % zeros${where}`;
    if (nonFinite > 0) {
      tell({
        status: 'error',
        topic: 'reads',
        code: 'KDX_NON_FINITE',
        text: `${text}, ${nonFinite} of its values NaN or infinite; look at the images, the weights and the normalisation behind it`,
      });
    } else if (zeros === 1) {
      tell({
        status: 'warning',
        topic: 'reads',
        code: 'KDX_TAP_ZERO',
        text: `${text}: there is nothing to learn from it; read another tap, or give its model trained weights`,
      });
    } else tell({ status: 'ok', topic: 'reads', text });
  }
}

function tellTerms({ terms }: StepInspection, told: Set<string>, where: string, tell: Tell): void {
  for (const { id, weight, value, trains, gradients } of terms) {
    if (told.has(`term ${id}`)) continue;
    told.add(`term ${id}`);
    const norms = Object.entries(gradients.parts).map(([part, norm]) => `${number(norm)} for ${part}`);
    const text = `${id} is ${number(value)}, times ${number(weight)}; norm of its gradient ${norms.join(', ') || '0'}${where}`;
    const notTrained = trains.filter((part) => !((gradients.parts[part] ?? 0) > NO_GRADIENT));
    const undeclared = Object.keys(gradients.parts).filter(
      (part) => gradients.parts[part] > NO_GRADIENT && !trains.includes(part),
    );
    if (!Number.isFinite(value) || !Number.isFinite(gradients.total)) tell(nonFinite('terms', text));
    else if (notTrained.length > 0) {
      tell({
        status: 'warning',
        topic: 'terms',
        code: 'KDX_NO_GRADIENT',
        text: `${text}; it declares that it trains ${notTrained.join(' and ')} and gives no gradient there, which is so when student and teacher already agree, or when something on the way is detached`,
      });
    } else if (undeclared.length > 0) {
      tell({
        status: 'warning',
        topic: 'terms',
        code: 'KDX_TRAINS_UNDECLARED',
        text: `${text}; it declares that it trains ${trains.join(' and ') || 'nobody'} and reaches ${undeclared.join(' and ')} too: detach what is not to learn, or declare it in trains`,
      });
    } else tell({ status: 'ok', topic: 'terms', text });
  }
}

function tellGradients(
  { settings }: Composition,
  { groups, gradients, loss }: StepInspection,
  where: string,
  tell: Tell,
): void {
  const byGroup = Object.entries(groups).map(([group, { total }]) => `${group} ${number(total)}`);
  const clipped =
    settings.clip !== null && gradients.total > settings.clip ? `, clipped to ${settings.clip}` : '';
  const text = `the loss is ${number(loss)}; norm of its gradient ${number(gradients.total)}${clipped}, by group ${byGroup.join(', ') || 'none'}${where}`;
  if (!Number.isFinite(loss) || !Number.isFinite(gradients.total)) tell(nonFinite('gradient', text));
  else if (gradients.total <= NO_GRADIENT) {
    const code = 'KDX_NO_GRADIENT';
    tell({
      status: 'error',
      topic: 'gradient',
      code,
      text: `${text}: nothing would learn; see the terms above`,
    });
  } else tell({ status: 'ok', topic: 'gradient', text });
}

const nonFinite = (topic: string, text: string): CheckLine => ({
  status: 'error',
  topic,
  code: 'KDX_NON_FINITE',
  text: `${text}; a step would end the run here: look at what the term reads, or leave its plugin out`,
});

function tellUntrained(untrained: readonly string[], all: number, tell: Tell): void {
  if (untrained.length === 0) {
    tell({ status: 'ok', topic: 'trained', text: `each of ${all} parameter tensors gets a gradient` });
    return;
  }
  const named = untrained.slice(0, 3).join(', ');
  const more = untrained.length > 3 ? ` and ${untrained.length - 3} more` : '';
  tell({
    status: 'warning',
    topic: 'trained',
    code: 'KDX_NO_GRADIENT',
    text: `${untrained.length} of ${all} parameter tensors get no gradient in any epoch and stay as they are: ${named}${more}; add a term that reads what they make, or a student without them`,
  });
}
