import { projectFilters } from '../shell/compose.ts';
import { quote } from '../shell/quote.ts';
import type { FactScope } from './fact.ts';

/** Printed in place of the containers where nobody can list them: the user may not use Docker, the engine is down. */
export const unreadable = 'unreadable';

/** What is printed of each container: one line of JSON, and one that the shell can read. */
export interface ListingFormats {
  json: string;
  words: string;
}

/**
 * Shell that lists the project's containers once for all facts that need them: to ask Docker takes a tenth of a second
 * of a CPU, Compose several. Leaves in `$ops_listed`, behind a mark that no container can foresee, `j JSON` and
 * `w WORDS` lines; without the mark what was said on standard error; and in `$ops_listed_code` how it ended.
 */
export function listing(
  { appDir, composeFlags, known }: FactScope,
  { json, words }: ListingFormats,
  mark: string,
): string {
  return [
    `ops_mark=${quote(mark)}`,
    'ops_list() {',
    `cd ${quote(appDir)} 2>/dev/null || :`,
    ...(known
      ? [
          // Compose takes several times as long for the same list.
          `ids=$(docker ps --all --quiet --no-trunc ${projectFilters(known.project)}) || { echo "$ops_mark"${unreadable}; return 1; }`,
        ]
      : [
          // `ps` also lists containers of services that the file no longer has; one-off containers of `run` are not in it.
          // Files that Compose refuses must not make the running stack invisible, nor must a Compose that is not there.
          `{ [ -n "$dc" ] && ids=$($dc ${composeFlags} ps --all --quiet --no-trunc); } ||`,
          `  ids=$(docker ps --all --quiet --no-trunc --filter "label=com.docker.compose.project.working_dir=$(pwd)" --filter label=com.docker.compose.oneoff=False) ||`,
          `  { echo "$ops_mark"${unreadable}; return 1; }`,
        ]),
    `[ -z "$ids" ] || docker inspect --format ${quote(`${mark}j ${json}\n${mark}w ${words}`)} $ids`,
    '}',
    'ops_listed=$( (ops_list) </dev/null 2>&1 ); ops_listed_code=$?',
  ].join('\n');
}

/** Shell that prints lines of the listing: `j` or `w`, without their mark. */
export function listed(kind: 'j' | 'w'): string {
  return `printf '%s\\n' "$ops_listed" | sed -n "s/^\${ops_mark}${kind} //p"`;
}
