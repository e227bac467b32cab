#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `ops needs Node.js 22.13 or newer; this is ${process.version} (${process.execPath}).\n` +
      'Install a current one from https://nodejs.org, or run it with: npx --package=node@24 --package=@ops-cli/ops -- ops\n',
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { fileURLToPath } = await import('node:url');
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { existsSync } = await import('node:fs');
  if (existsSync(`${root}dist/cli/main.js`)) {
    const { main } = await import('../dist/cli/main.js');
    await main({ argv: process.argv.slice(2), root });
  } else {
    process.stderr.write('This checkout of ops is not built yet. Run: npm run build\n');
    process.exitCode = 2;
  }
}
