import type { NginxDirective } from './tree.ts';

/** The block itself and the blocks around it, innermost first. */
export function levels(block: NginxDirective): readonly NginxDirective[] {
  const found: NginxDirective[] = [];
  for (let level: NginxDirective | undefined = block; level; level = level.parent) found.push(level);
  return found;
}

/** The directives of one name right in a block. */
export function own(block: NginxDirective, name: string): readonly NginxDirective[] {
  return block.children?.filter((child) => child.name === name) ?? [];
}

/** The directive that decides a single value at a block: its own, else that of the nearest block around it. */
export function effective(block: NginxDirective, name: string): NginxDirective | undefined {
  return effectiveAll(block, name)[0];
}

/**
 * The directives that are in force at a block, of a kind that may stand several times (`proxy_set_header`,
 * `limit_req`, `add_header`, `proxy_cache_bypass` …): those of the nearest level that has any. "These directives are
 * inherited from the previous configuration level if and only if there are no … directives defined on the current
 * level" (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header).
 */
export function effectiveAll(block: NginxDirective, name: string): readonly NginxDirective[] {
  for (let level: NginxDirective | undefined = block; level; level = level.parent) {
    const found = own(level, name);
    if (found.length > 0) return found;
  }
  return [];
}

/** All directives below some, each block before what is in it. */
export function* walk(directives: readonly NginxDirective[]): Generator<NginxDirective, void, undefined> {
  for (const directive of directives) {
    yield directive;
    if (directive.children) yield* walk(directive.children);
  }
}

/** All directives of some names, wherever they stand. */
export function named(directives: readonly NginxDirective[], ...names: readonly string[]): NginxDirective[] {
  const found: NginxDirective[] = [];
  for (const directive of walk(directives)) if (names.includes(directive.name)) found.push(directive);
  return found;
}

/** The nearest block of a name around a directive, itself included. */
export function enclosing(directive: NginxDirective, name: string): NginxDirective | undefined {
  return levels(directive).find((level) => level.name === name);
}
