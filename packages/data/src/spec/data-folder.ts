/** Where data is looked for when a spec names no folder, and where "kdx data fetch" puts it: `KDX_DATA`, else `data`. */
export const dataFolder = (): string => process.env.KDX_DATA || 'data';
