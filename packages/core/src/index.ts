export type { Backend, BackendInfo } from './contracts/backend.js';
export { isKdxError, KdxError, messageOf } from './errors/kdx-error.js';
