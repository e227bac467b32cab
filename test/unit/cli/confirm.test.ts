import { expect, it } from 'vitest';
import { askSecret, confirm, type Asking } from '../../../src/cli/confirm.ts';

const nobody: Asking = {
  interactive: false,
  signal: new AbortController().signal,
  suspend: async (work) => await work(),
};

it('demands --yes where nobody can be asked', async () => {
  await expect(confirm(nobody, 'Deploy to production?')).rejects.toMatchObject({
    reason: 'usage',
    code: 'NEEDS_YES',
    next: ['Add --yes if you mean it.'],
  });
});

it('gives no secret where nobody can be asked', async () => {
  expect(await askSecret(nobody, 'Passphrase:')).toBeUndefined();
});
