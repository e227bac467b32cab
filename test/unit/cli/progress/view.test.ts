import { expect, it } from 'vitest';
import { chooseView } from '../../../../src/cli/progress/view.ts';
import { wantsColour } from '../../../../src/cli/style.ts';

it.each([
  { where: { json: true, isTTY: true, env: {} }, wanted: 'silent' },
  { where: { json: false, isTTY: true, env: {} }, wanted: 'listr' },
  { where: { json: false, isTTY: false, env: {} }, wanted: 'plain' },
  { where: { json: false, isTTY: true, env: { CI: 'true' } }, wanted: 'plain' },
  { where: { json: false, isTTY: true, env: { CI: 'false' } }, wanted: 'listr' },
  { where: { json: false, isTTY: true, env: { TERM: 'dumb' } }, wanted: 'plain' },
])('$where gives $wanted', ({ where, wanted }) => {
  expect(chooseView(where)).toBe(wanted);
});

it.each([
  { context: { isTTY: true, env: {} }, wanted: true },
  { context: { isTTY: undefined, env: {} }, wanted: false },
  { context: { isTTY: true, env: { NO_COLOR: '1' } }, wanted: false },
  { context: { isTTY: true, env: { NO_COLOR: '' } }, wanted: true },
  { context: { isTTY: true, env: { TERM: 'dumb' } }, wanted: false },
  { context: { isTTY: false, env: { FORCE_COLOR: '1' } }, wanted: true },
  { context: { isTTY: true, env: { FORCE_COLOR: '0' } }, wanted: false },
])('colours in $context: $wanted', ({ context, wanted }) => {
  expect(wantsColour(context)).toBe(wanted);
});
