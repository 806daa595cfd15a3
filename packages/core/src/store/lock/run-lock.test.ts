import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KdxError } from '@kdx/tensor';
import test, { type ExecutionContext } from 'ava';
import { holderText } from './lock-file.js';
import { thisMachine } from './machine.js';
import { type LockTiming, RunLock } from './run-lock.js';

const MODULE = JSON.stringify(new URL('./run-lock.js', import.meta.url).href);

const lockFile = (): string => join(mkdtempSync(join(tmpdir(), 'kdx-lock-')), 'run.lock');

/** A process that takes the lock, reads lines and does what they say: `take`, `leave`. It answers each with a line. */
function rival(
  t: ExecutionContext,
  file: string,
): { child: ChildProcess; ask(word: string): Promise<string> } {
  const code = `
    import { RunLock } from ${MODULE};
    import { createInterface } from 'node:readline';
    const lock = new RunLock(${JSON.stringify(file)}, 'folder');
    createInterface({ input: process.stdin }).on('line', (line) => {
      const [word, at] = line.split(' ');
      while (Date.now() < Number(at ?? 0));
      try {
        if (word === 'take') lock.acquire(); else lock.release();
        console.log('yes');
      } catch (error) { console.log(error.code ?? String(error)); }
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async ask(word) {
      child.stdin.write(`${word}\n`);
      return (await lines.next()).value ?? 'ended';
    },
  };
}

/** The text of a lock whose holder runs on a machine of another name and kernel. */
const elsewhere = (beat = 0): string =>
  holderText({ host: 'node-7', boot: 'b', id: 'i', pids: 'p', token: 't', pid: 7, osLock: true }).replace(
    /\d{12}/,
    String(beat).padStart(12, '0'),
  );

const refused = (t: ExecutionContext, lock: RunLock): string => {
  const error = t.throws(() => lock.acquire()) as KdxError;
  t.is(error.code, 'KDX_RUN_BUSY');
  return error.message;
};

test('a lock is refused while its process lives, stopped or not, and free at once when that is killed', async (t) => {
  const file = lockFile();
  const { child, ask } = rival(t, file);
  t.is(await ask('take'), 'yes');
  const lock = new RunLock(file, 'runs/a');
  t.true(lock.isHeld());
  t.is(
    refused(t, lock),
    `runs/a is being written by process ${child.pid} on ${hostname()} (its lock is ${file}); wait for it, stop it, or choose another --out.`,
  );
  child.kill('SIGSTOP');
  refused(t, lock);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.true(existsSync(file));
  t.false(lock.isHeld());
  lock.acquire();
  t.true(lock.isHeld());
  lock.release();
  t.false(existsSync(file));
});

test('process numbers play no part: one that now belongs to another program does not keep a dead lock', async (t) => {
  const file = lockFile();
  const { child, ask } = rival(t, file);
  await ask('take');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const left = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...left, pid: process.ppid }));
  const lock = new RunLock(file, 'runs/a');
  t.false(lock.isHeld());
  lock.acquire();
  lock.release();
});

test('of two processes that claim at once exactly one wins, with a dead lock there and without', async (t) => {
  const file = lockFile();
  const rivals = [rival(t, file), rival(t, file)];
  await Promise.all(rivals.map(({ ask }) => ask('leave')));
  const dead = JSON.stringify({ pid: 4_194_303, host: hostname() });
  for (let round = 0; round < 60; round++) {
    if (round % 2) writeFileSync(file, dead);
    const at = Date.now() + 5;
    const answers = await Promise.all(rivals.map(({ ask }) => ask(`take ${at}`)));
    t.deepEqual([...answers].sort(), ['KDX_RUN_BUSY', 'yes'], `round ${round}`);
    await Promise.all(rivals.map(({ ask }) => ask('leave')));
    t.false(existsSync(file));
  }
});

test('what is not a lock is that of a process killed while it took it', (t) => {
  const file = lockFile();
  for (const text of ['', 'null', '5', '[]', '{"pid":', '{"host":5}']) {
    writeFileSync(file, text);
    const lock = new RunLock(file, 'runs/a');
    t.false(lock.isHeld(), text);
    lock.acquire();
    lock.release();
    t.false(existsSync(file), text);
  }
});

test('a lock of an earlier kdx, which holds none of the operating system, is free unless its process runs', (t) => {
  const file = lockFile();
  const host = hostname();
  for (const pid of [4_194_303, process.pid, 0, -1, 1.5]) {
    writeFileSync(file, JSON.stringify({ pid, host }));
    const lock = new RunLock(file, 'runs/a');
    t.false(lock.isHeld(), `${pid}`);
    lock.acquire();
    lock.release();
  }
  const alive = JSON.stringify({ pid: process.ppid, host });
  writeFileSync(file, alive);
  const lock = new RunLock(file, 'runs/a');
  t.true(lock.isHeld());
  t.regex(refused(t, lock), new RegExp(`process ${process.ppid} on ${host}, .*delete ${file} and give`));
  t.is(readFileSync(file, 'utf8'), alive);
});

test('a lock of another machine is refused at once, and its file and what to do are named', (t) => {
  const file = lockFile();
  writeFileSync(file, elsewhere());
  const lock = new RunLock(file, 'runs/a');
  t.true(lock.isHeld());
  t.regex(
    refused(t, lock),
    new RegExp(
      `process 7 on node-7, and this machine .*; if it has ended, delete ${file} and give the same command`,
    ),
  );
  t.is(readFileSync(file, 'utf8').length, elsewhere().length, 'it stays as it was');
});

test('a lock of this machine from before a restart, or of its kernel under another name, is dead', (t) => {
  const file = lockFile();
  const holder = { ...thisMachine(), token: 't', pid: process.pid, osLock: true };
  for (const other of [
    { ...holder, boot: 'another boot' },
    { ...holder, host: 'the name of a container', id: undefined, pids: 'its own' },
  ]) {
    // Only Linux tells boots and containers apart.
    if (thisMachine().boot === undefined || thisMachine().id === undefined) continue;
    writeFileSync(file, holderText(other));
    const lock = new RunLock(file, 'runs/a');
    t.false(lock.isHeld());
    lock.acquire();
    lock.release();
  }
  t.false(existsSync(file));
});

const QUICK: LockTiming = { beatMs: 15, silentBeats: 8 };

test('a holder elsewhere whose heart beats is left alone, and one that is silent long enough is followed', async (t) => {
  const file = lockFile();
  writeFileSync(file, elsewhere());
  const waits: string[] = [];
  const lock = new RunLock(file, 'runs/a', QUICK);
  const claim = lock.claim({ onWait: (message) => waits.push(message) });
  await sleep(30);
  writeFileSync(file, elsewhere(1));
  await t.throwsAsync(claim, { code: 'KDX_RUN_BUSY', message: /is being written by process 7 on node-7/ });
  t.regex(waits.join(), /run\.lock is of process 7 on node-7; listening up to 1 s whether it still runs\.$/);
  await lock.claim();
  t.not(readFileSync(file, 'utf8').indexOf(`"pid":${process.pid}`), -1);
  lock.release();
  t.false(existsSync(file));
});

test('listening for a heart-beat can be interrupted', async (t) => {
  const file = lockFile();
  writeFileSync(file, elsewhere());
  const controller = new AbortController();
  const claim = new RunLock(file, 'runs/a').claim({ signal: controller.signal });
  controller.abort();
  await t.throwsAsync(claim, { code: 'KDX_INTERRUPTED' });
});

test('of several that find a silent holder at once, one takes its place', async (t) => {
  const file = lockFile();
  writeFileSync(file, elsewhere());
  // Without locks of the operating system, as between machines whose disk has none.
  const locks = Array.from(
    { length: 4 },
    () => new RunLock(file, 'runs/a', { ...QUICK, osLock: () => 'none' }),
  );
  const results = await Promise.allSettled(locks.map((lock) => lock.claim()));
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const result of results)
    if (result.status === 'rejected') t.is((result.reason as KdxError).code, 'KDX_RUN_BUSY');
  for (const lock of locks) lock.release();
});

test('the heart beats on while the main thread is blocked', async (t) => {
  const file = lockFile();
  const lock = new RunLock(file, 'runs/a', { beatMs: 20 });
  lock.acquire();
  const first = readFileSync(file, 'utf8');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  const second = readFileSync(file, 'utf8');
  t.not(second, first);
  t.deepEqual(second.replace(/\d{12}/, ''), first.replace(/\d{12}/, ''), 'only the beat changes');
  lock.release();
});

test('without locks of the operating system a dead process number decides, a living one does not', (t) => {
  const file = lockFile();
  const osLock = () => 'none' as const;
  const holder = { ...thisMachine(), token: 't', pid: 4_194_303, osLock: false };
  writeFileSync(file, holderText(holder));
  const lock = new RunLock(file, 'runs/a', { osLock });
  lock.acquire();
  lock.release();
  for (const alive of [
    { ...holder, pid: process.pid },
    { ...holder, pids: 'of another container' },
  ]) {
    writeFileSync(file, holderText(alive));
    t.regex(refused(t, new RunLock(file, 'runs/a', { osLock })), /delete .*run\.lock/);
  }
});

test('a holder that was taken over finds out before it writes, and leaves the lock of the other', (t) => {
  const file = lockFile();
  const lock = new RunLock(file, 'runs/a');
  lock.acquire();
  lock.confirm();
  const other = `${file}.other`;
  writeFileSync(other, elsewhere());
  renameSync(other, file);
  t.throws(() => lock.confirm(), {
    code: 'KDX_RUN_LOST',
    message: /^runs\/a is now written by process 7 on node-7/,
  });
  lock.release();
  t.true(existsSync(file));
});

test('a lock that someone deleted is made again, unless another process came first', async (t) => {
  const file = lockFile();
  const lock = new RunLock(file, 'runs/a');
  lock.acquire();
  rmSync(file);
  lock.confirm();
  t.true(existsSync(file));
  rmSync(file);
  const { ask } = rival(t, file);
  t.is(await ask('take'), 'yes');
  t.throws(() => lock.confirm(), { code: 'KDX_RUN_LOST' });
  lock.release();
  t.true(existsSync(file), 'it is the other process that holds it');
});

test('a process that ends while it holds a lock leaves no file', async (t) => {
  const file = lockFile();
  const code = `import { RunLock } from ${MODULE}; new RunLock(${JSON.stringify(file)}, 'd').acquire(); process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  const [exit] = await once(child, 'exit');
  t.is(exit, 0);
  t.false(existsSync(file));
});
