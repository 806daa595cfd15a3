export default {
  files: ['packages/**/dist/**/*.test.js', 'examples/dist/**/*.test.js', 'test/dist/**/*.test.js'],
  // One TensorFlow.js engine lives in each process; two keep both cores of a small machine busy.
  workerThreads: false,
  concurrency: 2,
  timeout: '10m',
};
