import test from 'ava';
import { coreQuota, usableCores } from './cores.js';

const files =
  (texts: Record<string, string>) =>
  (file: string): string =>
    texts[file] ?? '';

test('the quota is the least of a control group and those above it', (t) => {
  const read = files({
    '/sys/fs/cgroup/jobs/one/cpu.max': 'max 100000\n',
    '/sys/fs/cgroup/jobs/cpu.max': '150000 100000\n',
    '/sys/fs/cgroup/cpu.max': '400000 100000\n',
  });
  t.is(coreQuota('0::/jobs/one\n', read), 1.5);
  t.is(coreQuota('0::/other\n', read), 4);
});

test('a container that cannot see its path on the host has the quota of the root', (t) => {
  t.is(coreQuota('0::/../../docker/abc\n', files({ '/sys/fs/cgroup/cpu.max': '50000 100000\n' })), 0.5);
});

test('control groups of the first version are read too', (t) => {
  const read = files({
    '/sys/fs/cgroup/cpu/jobs/cpu.cfs_quota_us': '200000\n',
    '/sys/fs/cgroup/cpu/jobs/cpu.cfs_period_us': '100000\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
  });
  t.is(coreQuota('4:memory:/elsewhere\n3:cpu,cpuacct:/jobs\n', read), 2);
});

test('without a limit, or where Linux does not say, there is none', (t) => {
  t.is(coreQuota('0::/\n', files({ '/sys/fs/cgroup/cpu.max': 'max 100000\n' })), Number.POSITIVE_INFINITY);
  t.is(coreQuota('', files({})), Number.POSITIVE_INFINITY);
  t.is(coreQuota('rubbish', files({ '/sys/fs/cgroup/cpu.max': 'nothing' })), Number.POSITIVE_INFINITY);
});

test('usable cores are those of the affinity within the quota, and never none', (t) => {
  t.is(usableCores(8, Number.POSITIVE_INFINITY), 8);
  t.is(usableCores(8, 2.5), 3);
  t.is(usableCores(2, 6), 2);
  t.is(usableCores(4, 0.1), 1);
});
