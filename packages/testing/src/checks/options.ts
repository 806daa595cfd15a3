import { isDeepStrictEqual } from 'node:util';
import { type Plugin } from '@kdx/core';
import { explainRun } from '@kdx/core/inspect';
import { capabilitiesOf } from '@kdx/core/run';
import { isKdxError, messageOf } from '@kdx/tensor';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { Finding } from '../failure.js';
import { kitRun, usingRun, withTask } from '../kit/run.js';
import { differentEpochs, enterRun, stepFunction } from '../kit/step.js';
import type { Subject } from '../subject.js';

/**
 * Options survive JSON and a second parse, in value and in behaviour; each is described in a JSON schema; one that does
 * not exist is refused with `KDX_PLUGIN_OPTIONS`.
 */
export async function checkOptions(subject: Subject): Promise<void> {
  checkSchema(subject);
  checkUnknown(subject);

  const first = subject.make(throughJson(subject.options, 'the options'));
  const again = parseAgain(subject, first);
  if (!isDeepStrictEqual(defined(first.options), defined(again.options))) {
    throw new Finding(
      `options ${JSON.stringify(first.options)} become ${JSON.stringify(again.options)} when they are given again; a default or transform must leave alone what it made (a run is resumed with resolved options).`,
    );
  }
  const [one, other] = [await behaviour(subject, first), await behaviour(subject, again)];
  if (one !== other) {
    throw new Finding(
      `with options ${JSON.stringify(first.options)} the run is another than when they are given again as JSON (${difference(one, other)}); setup may depend on nothing but its options.`,
    );
  }
}

function checkSchema({ definition }: Subject): void {
  let schema: z.core.JSONSchema.BaseSchema;
  try {
    schema = z.toJSONSchema(definition.options, { io: 'input' });
  } catch (cause) {
    throw new Finding(
      `no JSON schema can be made of its options (${messageOf(cause)}); use types that JSON has, with transforms only outermost.`,
      { cause },
    );
  }
  const undescribed = Object.entries(schema.properties ?? {}).filter(
    ([, property]) => typeof property === 'boolean' || !property.description,
  );
  if (undescribed.length > 0) {
    throw new Finding(
      `option "${undescribed[0][0]}" has no description; add .describe('…'), which becomes its help.`,
    );
  }
}

function checkUnknown({ make, options }: Subject): void {
  try {
    make({ ...(options as object), 'no-such-option': true });
  } catch (error) {
    if (isKdxError(error) && error.code === 'KDX_PLUGIN_OPTIONS') return;
    throw error;
  }
  throw new Finding('an option that does not exist is taken; use z.strictObject().');
}

function parseAgain({ make }: Subject, { options }: Plugin): Plugin {
  const text = throughJson(options, 'the resolved options');
  try {
    return make(text);
  } catch (cause) {
    throw new Finding(
      `its resolved options ${JSON.stringify(options)} are refused when they are given again (${messageOf(cause)}); a default or transform must give what the schema takes.`,
      { cause },
    );
  }
}

function throughJson(options: unknown, what: string): unknown {
  const parsed: unknown = JSON.parse(JSON.stringify(options));
  if (isDeepStrictEqual(defined(options), parsed)) return parsed;
  throw new Finding(
    `${what} do not survive JSON (they come back as ${JSON.stringify(parsed)}); use types that JSON has.`,
  );
}

/** Without keys that hold undefined, which JSON has no word for. */
function defined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defined);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, defined(each)]])),
  );
}

/** What a run with this plugin is: its explanation and the losses of its epochs. */
async function behaviour(subject: Subject, plugin: Plugin): Promise<string> {
  const plugins = withTask([plugin, ...subject.beside.map((make) => make())]);
  const needed = capabilitiesOf(subject.definition.requires, plugin.options).some((name) =>
    name.startsWith('plugin:'),
  );
  const run = await kitRun(subject, { plugins: needed ? plugins : withTask([plugin]) });
  return usingRun(run, async ({ composition }) => {
    await enterRun(composition);
    const losses: number[] = [];
    for (const epoch of differentEpochs(composition)) {
      const step = await stepFunction(composition, { epoch });
      losses.push(tf.tidy(() => step.loss().dataSync()[0]));
      step.dispose();
    }
    return JSON.stringify({ losses, run: explainRun(composition) });
  });
}

/** Where two texts part, with what is around it. */
function difference(one: string, other: string): string {
  let at = 0;
  while (one[at] === other[at]) at++;
  const part = (text: string): string => `…${text.slice(Math.max(0, at - 40), at + 40)}…`;
  return `${part(one)} and ${part(other)}`;
}
