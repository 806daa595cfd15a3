export { tensorflowBackend } from './tensorflow-backend.js';
