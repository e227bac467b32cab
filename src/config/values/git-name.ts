/** Why git refuses this as the name of a branch or remote (`git check-ref-format`); undefined when it takes it. */
export function gitNameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.startsWith('-')) return 'it begins with -';
  if (name === '@' || name === 'HEAD') return 'git keeps that name for itself';
  // oxlint-disable-next-line no-control-regex
  const forbidden = /[\u0000-\u0020\u007F~^:?*[\\]/.exec(name);
  if (forbidden !== null) return `git allows no ${describe(forbidden[0])} in it`;
  if (name.includes('..')) return 'git allows no .. in it';
  if (name.includes('@{')) return 'git allows no @{ in it';
  if (name.endsWith('.')) return 'it ends with a dot';
  for (const part of name.split('/')) {
    if (part === '') return 'a part between slashes is empty';
    if (part.startsWith('.')) return 'a part begins with a dot';
    if (part.endsWith('.lock')) return 'a part ends with .lock';
  }
  return undefined;
}

function describe(character: string): string {
  if (character === ' ') return 'space';
  return character < ' ' || character === '\u007F' ? 'control character' : character;
}
