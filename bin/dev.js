#!/usr/bin/env node
// Runs the command line from `src`, without a build: Node.js strips the types itself.
import { fileURLToPath } from 'node:url';

if (process.features.typescript) {
  const { buildManifest } = await import('../scripts/manifest.ts');
  const { main } = await import('../src/cli/main.ts');
  const root = fileURLToPath(new URL('..', import.meta.url));
  const development = { manifest: await buildManifest(root), commands: './src/commands' };
  await main({ argv: process.argv.slice(2), root, development });
} else {
  process.stderr.write(
    `This Node.js (${process.version}) does not run TypeScript. Use: npm run dev -- COMMAND\n`,
  );
  process.exitCode = 2;
}
