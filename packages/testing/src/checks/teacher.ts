import { Finding } from '../failure.js';
import { probe } from '../kit/probe.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { Subject } from '../subject.js';

/**
 * Training leaves every parameter and buffer of the teachers as it was, and gives them no gradient: at each forward of a
 * teacher, before, in and after each step, and at the end.
 */
export async function checkTeacher(subject: Subject): Promise<void> {
  const named = new Set<string>();
  let moved: string | undefined;
  let look = (_when: string): void => {};
  const watching = probe((ctx) => {
    ctx.hook('stepStart', ({ step }) => look(`at the start of step ${step}`));
    ctx.hook('gradients', (gradients, { step }) => {
      for (const name of gradients.keys()) named.add(name);
      look(`in step ${step}`);
    });
    ctx.hook('stepEnd', ({ step }) => look(`at the end of step ${step}`));
  });
  const run = await kitRun(subject, {
    validation: 4,
    more: [watching],
    seen: ({ model }) => {
      if (model !== 'student') look('when the teacher was run');
    },
  });
  await usingRun(run, async ({ composition }) => {
    const { teachers, student, modules } = composition;
    const tensors = teachers.flatMap((teacher, index) =>
      [...teacher.parameters, ...teacher.buffers].map(([name, { variable }]) => ({
        name: `${name} of teacher ${index + 1}`,
        variable,
        before: variable.dataSync().slice() as Float32Array,
      })),
    );
    look = (when) => {
      if (moved !== undefined) return;
      for (const { name, variable, before } of tensors) {
        const now = variable.dataSync() as Float32Array;
        if (sameBits(before, now)) continue;
        const by = Math.max(...now.map((value, i) => Math.abs(value - before[i])));
        moved = `${name} was moved by up to ${by.toPrecision(3)} ${when}`;
        return;
      }
    };
    await run.fit();
    look('at the end of a run');
    if (moved !== undefined) {
      throw new Finding(
        `${moved}; a teacher is frozen: run it in evaluation mode and never assign to it, not for a while either.`,
      );
    }
    const learning = new Set([
      ...[...student.parameters.keys()].map((name) => `student/${name}`),
      ...[...modules].flatMap(([id, { store }]) =>
        [...store.parameters.keys()].map((name) => `module/${id}/${name}`),
      ),
    ]);
    const strange = [...named].find((name) => !learning.has(name));
    if (strange === undefined) return;
    throw new Finding(
      `the gradients of a step name ${strange}, which nobody trains; its "gradients" hook may only replace what is there.`,
    );
  });
}

const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
