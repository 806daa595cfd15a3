#!/usr/bin/env node
// The oldest syntax that still loads: an import above, or newer syntax, would end an old Node before it is named.
var node = process.versions.node.split('.').map(Number);
if (node[0] < 20 || (node[0] === 20 && node[1] < 19)) {
  console.error(
    'KDX_NODE_VERSION kdx needs Node 20.19 or newer and this is Node ' +
      process.versions.node +
      '; install a newer one, e.g. from https://nodejs.org.',
  );
  process.exit(2);
}
import('../dist/main.js');
