export { type Golden, given, type Logits, near, step, wired } from './golden-run.js';
