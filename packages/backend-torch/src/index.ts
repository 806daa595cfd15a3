export { HOST_KERNELS } from './kernels/host-kernels.js';
export * from './libtorch/index.js';
export { type AboutMachine, aboutMachine, type Bf16Verdict } from './machine/about-machine.js';
export { type Tuned, tuneTorch } from './machine/tune.js';
export { dayOf, TUNE_COMMAND } from './settle-threads.js';
export { torchBackend } from './torch-backend.js';
