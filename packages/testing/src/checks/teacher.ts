import { Finding } from '../failure.js';
import { probe } from '../kit/probe.js';
import { kitRun, usingRun } from '../kit/run.js';
import type { Subject } from '../subject.js';

/** Training leaves every parameter and buffer of the teachers as it was, and gives them no gradient. */
export async function checkTeacher(subject: Subject): Promise<void> {
  const named = new Set<string>();
  const watching = probe((ctx) =>
    ctx.hook('gradients', (gradients) => {
      for (const name of gradients.keys()) named.add(name);
    }),
  );
  const run = await kitRun(subject, { validation: 4, more: [watching] });
  await usingRun(run, async ({ composition }) => {
    const { teachers, student, modules } = composition;
    const values = (): Map<string, Float32Array> =>
      new Map(
        teachers.flatMap((teacher, index) =>
          [...teacher.parameters, ...teacher.buffers].map(
            ([name, { variable }]) =>
              [`${name} of teacher ${index + 1}`, variable.dataSync().slice() as Float32Array] as const,
          ),
        ),
      );
    const before = values();
    await run.fit();
    for (const [name, now] of values()) {
      const was = before.get(name) as Float32Array;
      const by = Math.max(...now.map((value, i) => Math.abs(value - was[i])));
      if (by === 0) continue;
      throw new Finding(
        `${name} moved by up to ${by.toPrecision(3)} in a run; a teacher is frozen: run it in evaluation mode and never assign to it.`,
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
