import { appendIn, setIn } from '../../readers/compose/splice.ts';
import type { Edit } from '../../source/edits.ts';
import type { Service, Stack } from '../../stack/stack.ts';

/**
 * Sets a variable of a service's environment in the syntax that it has, list or mapping. Undefined: it is written where
 * it cannot be changed for this service alone (an env file, an anchor, the operator's shell).
 */
export function environmentEdits(
  stack: Stack,
  { compose }: Service,
  name: string,
  value: string,
): readonly Edit[] | undefined {
  const node = compose.get('environment');
  if (node?.shared === true) return undefined;
  if (!compose.environment.has(name))
    return node?.kind === 'list'
      ? appendIn(stack.files, compose, ['environment'], [`${name}=${value}`])
      : setIn(stack.files, compose, ['environment'], { [name]: value });
  if (node?.kind === 'map')
    return node.entries.has(name)
      ? setIn(stack.files, compose, ['environment'], { [name]: value })
      : undefined;
  const item =
    node?.kind === 'list'
      ? node.items.find((one) => one.kind === 'scalar' && isOf(one.value, name))
      : undefined;
  const written = item && stack.files.read(item.at.path)?.slice(item.at.start, item.at.end);
  const quote = /^(["']?)[\w.-]+=[^$\\"'\n]*\1$/.exec(written ?? '')?.[1];
  return item && quote !== undefined ? [{ ...item.at, text: `${quote}${name}=${value}${quote}` }] : undefined;
}

function isOf(value: unknown, name: string): boolean {
  return typeof value === 'string' && value.startsWith(`${name}=`);
}
