// The long form: npm run test:kills -- --kills 300 --seed 1. Prints a line per kill and the report; exit 1 where anything is wrong.
import { parseArgs } from 'node:util';
import { killJobs } from './kill-jobs.js';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } },
});
const report = await killJobs({ kills: Number(values.kills), seed: Number(values.seed), say: console.log });
console.log(JSON.stringify(report, null, 2));
const { differences, refusals, leftovers } = report;
process.exitCode = differences.length + refusals.length + leftovers.length > 0 ? 1 : 0;
