import { dockerSilent, type Fact } from './fact.ts';

/** All images of the host: `name:tag` → image id (`sha256:…`). */
export type ImagesFact = Readonly<Record<string, string>>;

export const images = {
  id: 'images',
  script: () => `docker image ls --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}'`,
  parse({ stdout, stderr, code }): ImagesFact {
    // An empty list would mean that nothing can be gone back to.
    if (code !== 0) throw dockerSilent(stderr);
    return Object.fromEntries(
      stdout
        .split('\n')
        .map((line) => line.split(' '))
        .filter(([id, name]) => id && name && !name.includes('<none>'))
        .map(([id = '', name = '']) => [name, id]),
    );
  },
} satisfies Fact<'images', ImagesFact>;

/** The tag that Docker means by a name without one. */
export function withTag(name: string): string {
  return name.includes('@') || /:[^/]*$/.test(name) ? name : `${name}:latest`;
}
