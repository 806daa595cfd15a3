import test from 'ava';
import { chooseDevice } from './choose-device.js';

test('a device is found by its name', (t) => {
  t.is(chooseDevice('cpu', 2), -1);
  t.is(chooseDevice('cuda', 1), 0);
  t.is(chooseDevice('cuda:1', 2), 1);
});

test('auto is the first CUDA device, and the CPU where there is none', (t) => {
  t.is(chooseDevice('auto', 2), 0);
  t.is(chooseDevice('auto', 0), -1);
});

test('a device that is not there is refused, with what is', (t) => {
  const refused = (wanted: string, devices: number, message: RegExp) =>
    t.throws(() => chooseDevice(wanted, devices), { name: 'KdxError', code: 'KDX_BACKEND_SETTING', message });
  refused('cuda', 0, /"cuda": libtorch sees no CUDA device here; take --device cpu/);
  refused('cuda:1', 1, /sees 1 CUDA device here/);
  refused('cuda:2', 2, /sees 2 CUDA devices here/);
  for (const name of ['gpu', 'CUDA', 'cuda:', 'cuda:-1', '']) {
    refused(name, 4, /There is no device ".*"; choose cpu, cuda, cuda:0 or auto/);
  }
});
