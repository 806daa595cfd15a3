import { CONFORMANCE_BACKENDS } from './backends.js';
import { writeKnownFailures } from './known-failures.js';
import { runConformance } from './run-conformance.js';

const backendName = process.argv[2];
const loader = CONFORMANCE_BACKENDS[backendName];
if (loader === undefined) {
  console.error(
    `usage: node test/dist/conformance/refresh.js ${Object.keys(CONFORMANCE_BACKENDS).join('|')}`,
  );
  process.exit(2);
}
const report = await runConformance(backendName, loader);
await writeKnownFailures(backendName, report);
console.log(`${backendName}: ${report.failures.length} of ${report.ran} specs fail`);
if (process.argv.includes('--verbose')) {
  for (const { name, message } of report.failures) console.log(`${name}\n    ${message.slice(0, 300)}`);
}
