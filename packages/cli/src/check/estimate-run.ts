import { type Model, teacherName } from '@kdx/core';
import { type StepInspection, type StepKind, type StepProbe, teachersOf } from '@kdx/core/inspect';
import { type Composition, scoreSplit } from '@kdx/core/run';
import { counted } from '@kdx/core/text';
import { type BackendInfo } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { bytesText, spanText } from './amounts.js';
import type { RunEstimate, Tell } from './check-report.js';
import { torchPeakBytes } from './torch-peak.js';

const FLOAT = 4;

interface EstimateOptions {
  readonly composition: Composition;
  readonly backend: BackendInfo;
  readonly probe: StepProbe;
  readonly kinds: readonly StepKind[];
  readonly inspections: readonly StepInspection[];
  /** Whether the run would keep teacher logits on disk. */
  readonly teacherCache: boolean;
}

/**
 * Measures steps of each kind and an evaluation, and adds up the run.
 * @throws KdxError whatever a step of the run throws
 */
export async function estimateRun(options: EstimateOptions, tell: Tell): Promise<RunEstimate> {
  const { composition, probe, kinds, backend } = options;
  const { settings, stepsPerEpoch } = composition;
  let trainingSeconds = 0;
  const told: string[] = [];
  for (const kind of kinds) {
    const seconds = await probe.secondsPerStep(kind.clock);
    trainingSeconds += kind.epochs * stepsPerEpoch * seconds;
    const rate = (settings.batch * settings.accumulate) / seconds;
    const { epoch } = kind.clock;
    const which = kind.epochs === 1 ? `epoch ${epoch}` : `${kind.epochs} epochs from ${epoch} on`;
    const when = kinds.length > 1 ? ` in ${which}` : '';
    told.push(`${spanText(seconds)} (${rate.toFixed(0)} images/s)${when}`);
  }
  const tensorBytes = tf.memory().numBytes;
  const evaluationSeconds = await evaluationTime(composition);
  const steps = settings.epochs * stepsPerEpoch;
  const secondsPerStep = trainingSeconds / steps;
  tell({
    status: 'ok',
    topic: 'step',
    text: `${told.join('; ')} with ${backend.name}, measured just now: other work on this machine slows it`,
  });
  tell({
    status: 'ok',
    topic: 'time',
    text: `about ${spanText(trainingSeconds + evaluationSeconds)}: ${counted(settings.epochs, 'epoch')} of ${counted(stepsPerEpoch, 'step')} ${settings.epochs === 1 ? 'takes' : 'take'} ${spanText(trainingSeconds)}, evaluation ${spanText(evaluationSeconds)}`,
  });

  const memory = {
    tensorBytes,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    torchPeakBytes: torchPeakBytes(),
  };
  const torch =
    memory.torchPeakBytes === undefined
      ? ''
      : `, ${bytesText(memory.torchPeakBytes)} of it libtorch's tensors`;
  const device = backend.device === 'cpu' ? '' : `; what ${backend.device} holds is not measured`;
  tell({
    status: 'ok',
    topic: 'memory',
    text: `${bytesText(memory.peakBytes)} for the process at most${torch}; ${bytesText(tensorBytes)} of tensors stay between steps${device}`,
  });

  const disk = diskOf(options);
  const cache =
    disk.teacherCacheBytes === undefined ? '' : ` + teacher cache ${bytesText(disk.teacherCacheBytes)}`;
  tell({
    status: 'ok',
    topic: 'disk',
    text: `${bytesText(disk.totalBytes)}: checkpoints ${bytesText(disk.checkpointBytes)} + student files ${bytesText(disk.studentBytes)} + events ${bytesText(disk.eventBytes)}${cache}`,
  });
  return {
    steps,
    secondsPerStep,
    imagesPerSecond: composition.showings / (secondsPerStep * stepsPerEpoch),
    trainingSeconds,
    evaluationSeconds,
    memory,
    disk,
  };
}

/** Validations, tests and the teachers' first scores, from the time that a few batches take. */
async function evaluationTime({
  settings,
  data,
  student,
  teachers,
  task,
  headRule,
}: Composition): Promise<number> {
  const split = [data.validation, data.test].find((each) => each && each.length > 0);
  if (!split) return 0;
  const perImage = async (model: Model, rule?: typeof headRule): Promise<number> => {
    const options = { imageSize: data.imageSize, headRule: rule, batch: settings.evaluationBatch };
    const limit = Math.min(settings.evaluationBatch, split.length);
    await scoreSplit(task, model, split, { ...options, limit });
    const begun = performance.now();
    await scoreSplit(task, model, split, { ...options, limit });
    return (performance.now() - begun) / 1000 / limit;
  };
  const validations = data.validation ? Math.ceil(settings.epochs / settings.evaluateEvery) : 0;
  // Last weights, best ones where there is a validation split, averaged ones where there is an average.
  const tests = 1 + Number(data.validation !== undefined) + Number(settings.ema !== null);
  const averaged = settings.ema === null ? 1 : 2;
  const images = validations * averaged * (data.validation?.length ?? 0) + tests * (data.test?.length ?? 0);
  let seconds = images * (await perImage(student, headRule));
  for (const teacher of teachers) {
    if (teacher.spec.classes !== task.outputs(data) || settings.teacherImages === 0) continue;
    const scored =
      settings.teacherImages === 'all' ? split.length : Math.min(settings.teacherImages, split.length);
    seconds += scored * (await perImage(teacher));
  }
  return seconds;
}

function diskOf({ composition, kinds, inspections, teacherCache }: EstimateOptions): RunEstimate['disk'] {
  const { student, modules, settings, data, stepsPerEpoch, optimizer, terms } = composition;
  const numbers = (models: Iterable<{ readonly variable: tf.Variable }>): number =>
    [...models].reduce((sum, { variable }) => sum + variable.size, 0);
  const [parameters, buffers] = [numbers(student.parameters.values()), numbers(student.buffers.values())];
  const helpers = [...modules.values()].map(({ store }) => ({
    parameters: numbers(store.parameters.values()),
    buffers: numbers(store.buffers.values()),
  }));
  const trained = parameters + helpers.reduce((sum, helper) => sum + helper.parameters, 0);
  const kept = trained + buffers + helpers.reduce((sum, helper) => sum + helper.buffers, 0);
  const slots = optimizer.slots.length;
  const averaged = settings.ema === null ? 0 : parameters + buffers;
  const best = data.validation && data.validation.length > 0 ? 1 : 0;
  const checkpointBytes = (1 + best) * FLOAT * (kept + slots * trained + averaged);
  const studentBytes = (1 + best + Number(averaged > 0)) * FLOAT * (parameters + buffers);
  const lines = (settings.epochs * stepsPerEpoch) / settings.logEvery + 4 * settings.epochs;
  // A logged step takes about so many characters, and each term its name and a number, and again for its weight.
  const line = 155 + terms.reduce((sum, { id }) => sum + 2 * (id.length + 22), 0);
  const eventBytes = Math.round(lines * line);
  const cached = teacherCache ? cacheBytes(composition, kinds, inspections) : undefined;
  const totalBytes = checkpointBytes + studentBytes + eventBytes + (cached ?? 0);
  return { checkpointBytes, studentBytes, eventBytes, teacherCacheBytes: cached, totalBytes };
}

/** One float32 logit per class and image, and per epoch where images change, for teachers of which logits alone are read. */
function cacheBytes(
  composition: Composition,
  kinds: readonly StepKind[],
  inspections: readonly StepInspection[],
): number {
  const { teachers, data, settings, task } = composition;
  const tapped = new Set(
    inspections
      .flatMap(({ reads }) => reads.map(({ ref }) => ref))
      .filter((ref) => /^teacher\d*\./.test(ref) && !/^teacher\d*\.(logits|heads\.)/.test(ref))
      .map((ref) => ref.split('.')[0]),
  );
  const { augment, train } = data;
  const sameEveryEpoch = augment.length === 0 && !task.mixing?.(settings);
  return teachers.reduce((bytes, { spec }, index) => {
    const name = teacherName(index);
    if (tapped.has(name)) return bytes;
    const epochs = kinds
      .filter((kind) => teachersOf(composition, kind).includes(name))
      .reduce((sum, kind) => sum + kind.epochs, 0);
    const passes = sameEveryEpoch ? Math.min(1, epochs) : epochs;
    const images = sameEveryEpoch ? train.length : composition.showings;
    return bytes + passes * images * spec.classes * spec.heads.length * FLOAT;
  }, 0);
}
