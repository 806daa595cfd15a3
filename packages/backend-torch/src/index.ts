export { HOST_KERNELS } from './kernels/host-kernels.js';
export * from './libtorch/index.js';
export { torchBackend } from './torch-backend.js';
