import type { Composition } from '../compose/composition.js';
import { teacherName } from '../compose/refs.js';
import { clocksWithin } from '../plan/clocks.js';
import type { RunWarning } from '../plan/warning.js';
import { planStep } from '../train/step-plan.js';

/** Teachers that no term reads in any epoch, `KDX_TEACHER_UNREAD`: they are loaded, and nothing learns from them. */
export function unreadTeachers(composition: Composition): readonly RunWarning[] {
  const { teachers, settings, terms, parametersOf } = composition;
  const unread = new Map(teachers.map(({ spec }, index) => [teacherName(index), spec.name]));
  for (const role of parametersOf) unread.delete(role);
  for (let epoch = 0; epoch < settings.epochs && unread.size > 0; epoch++) {
    for (const clock of clocksWithin(composition, epoch)) {
      for (const role of planStep(composition, clock).reads.keys()) unread.delete(role);
    }
  }
  return [...unread].map(([role, name]) => {
    const idle = terms.filter(({ reads }) => [...reads.keys()].some((ref) => ref.startsWith(`${role}.`)));
    const why =
      idle.length === 0
        ? 'no term reads it'
        : `${idle.map(({ id }) => id).join(' and ')} would read it and ${idle.length === 1 ? 'is' : 'are'} off in every epoch`;
    return {
      code: 'KDX_TEACHER_UNREAD',
      message: `Nothing learns from the ${role} ${name}: ${why}; add a method that does, such as --plugins kd, or leave out its --teacher.`,
    };
  });
}
