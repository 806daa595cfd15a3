// The ops whose plain composition on the CPU back end is the reference for the fused kernels; for tests alone.
export * from '@kdx/nn';
