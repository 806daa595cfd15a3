import { didYouMean } from '@kdx/tensor';
import type { Ref } from '../contracts/term.js';
import { kdxError } from '../errors.js';

/** A parsed {@link Ref}. */
export type ParsedRef =
  | { readonly kind: 'targets' }
  | { readonly kind: 'images' }
  | { readonly kind: 'module'; readonly module: string }
  | { readonly kind: 'logits'; readonly model: string }
  | { readonly kind: 'head'; readonly model: string; readonly head: string }
  | { readonly kind: 'tap'; readonly model: string; readonly path: string };

/** @throws KdxError `KDX_REF` for what is not a {@link Ref}. */
export function parseRef(ref: Ref): ParsedRef {
  if (ref === 'targets' || ref === 'images') return { kind: ref };
  const dot = ref.indexOf('.');
  const [model, path] = [ref.slice(0, dot), ref.slice(dot + 1)];
  if (model === 'module') return { kind: 'module', module: path };
  if (dot > 0 && path !== '' && /^(student|teacher([2-9]|[1-9]\d+)?)$/.test(model)) {
    if (path === 'logits') return { kind: 'logits', model };
    if (path.startsWith('heads.')) return { kind: 'head', model, head: path.slice('heads.'.length) };
    return { kind: 'tap', model, path };
  }
  throw kdxError(
    'KDX_REF',
    `"${ref}" is not something a term can read; use targets, images, student.…, teacher.…, teacher2.… or module.<plugin>/<name>.${meant(ref, model, path)}`,
  );
}

/** What a misspelt read was meant to be. */
function meant(ref: string, model: string, path: string): string {
  if (model === '' || !ref.includes('.')) {
    return didYouMean(ref, ['targets', 'images', 'logits']).replace('"logits"', '"student.logits"');
  }
  return didYouMean(model, ['student', 'teacher', 'module']).replace(/"(\w+)"/, `"$1.${path}"`);
}

/** `teacher`, `teacher2`, … */
export const teacherName = (index: number): string => (index === 0 ? 'teacher' : `teacher${index + 1}`);

/** What one model must deliver in a step. */
export interface ModelReads {
  readonly taps: Set<string>;
  logits: boolean;
}

/** Adds what `ref` needs of models to `reads`, by model name. */
export function collectReads(ref: ParsedRef, reads: Map<string, ModelReads>): void {
  if (ref.kind === 'targets' || ref.kind === 'images' || ref.kind === 'module') return;
  const entry = reads.get(ref.model) ?? { taps: new Set<string>(), logits: false };
  if (ref.kind === 'tap') entry.taps.add(ref.path);
  else entry.logits = true;
  reads.set(ref.model, entry);
}
