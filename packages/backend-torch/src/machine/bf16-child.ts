// The process in which `kdx doctor` tries bf16: argument 1 is the bridge's file. Prints one line of JSON.
import type { Bridge } from '../libtorch/bridge.js';
import { LOAD_FLAGS } from '../libtorch/trial-load.js';
import { speedOfBf16, tryBf16 } from '../runtime/try-bf16.js';
import { whyNotBf16 } from '../settle-precision.js';
import type { Bf16Verdict } from './about-machine.js';

const module = { exports: {} };
process.dlopen(module, process.argv[1] as string, LOAD_FLAGS);
const bridge = module.exports as Bridge;
const trial = tryBf16(bridge);
const accurate = trial.wrong === '';
const verdict: Bf16Verdict = accurate
  ? { accurate, reason: '', speed: speedOfBf16(bridge) }
  : { accurate, reason: whyNotBf16(trial, bridge), speed: null };
console.log(`kdx ${JSON.stringify(verdict)}`);
