// The library is @kdx/run; this keeps `import { distill } from '@kdx/run'` working.
export * from '@kdx/run';
