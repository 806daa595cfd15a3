import { teacherName } from '@kdx/core';
import { type Composition, capabilitiesOf } from '@kdx/core/run';

/** Whether a run has teachers that no method asks for or reads: it is the same run without them. */
export function isTeacherFree({ plugins, teachers, terms, modules, parametersOf }: Composition): boolean {
  if (teachers.length === 0) return false;
  const roles = new Set(teachers.map((_, index) => teacherName(index)));
  const asked = plugins.ordered.some(({ definition, options }) =>
    capabilitiesOf(definition.requires, options).includes('teacher'),
  );
  const read = [
    ...terms.map(({ reads }) => reads),
    ...[...modules.values()].map(({ inputs }) => inputs),
  ].some((refs) => [...refs.values()].some((ref) => 'model' in ref && roles.has(ref.model)));
  return !asked && !read && ![...parametersOf].some((role) => roles.has(role));
}
