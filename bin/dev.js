#!/usr/bin/env node
// Runs the command line from `src`, without a build: Node.js 22.18 or newer strips the types.
import { fileURLToPath } from 'node:url';
import { buildManifest } from '../scripts/manifest.ts';
import { main } from '../src/cli/main.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = await buildManifest(root);
await main({ argv: process.argv.slice(2), root, development: { manifest, commands: './src/commands' } });
