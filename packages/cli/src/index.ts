// The library is @kdx/run; this keeps `import { distill } from '@kdx/cli'` working.
export * from '@kdx/run';
