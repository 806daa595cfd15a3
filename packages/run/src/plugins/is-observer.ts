import type { Plugin } from '@kdx/core';

/** Whether a plugin only watches a run: it makes no other student, so no name of a method is due to it. */
export const isObserver = ({ definition }: Pick<Plugin, 'definition'>): boolean =>
  definition.offers?.includes('observer') ?? false;
