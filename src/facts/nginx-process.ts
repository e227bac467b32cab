/**
 * Shell: a condition, true where a container runs nginx. By its process: image and entrypoint may be called anything.
 *
 * @param id a shell word that is the container's id
 */
export function runsNginx(id: string): string {
  return [
    // `docker top` needs a `ps` on the host.
    `{ docker top ${id} -eo pid,comm 2>/dev/null || docker exec ${id} sh -c 'cat /proc/[0-9]*/comm' 2>/dev/null </dev/null; }`,
    "grep -E '(^| )nginx$' >/dev/null",
  ].join(' | ');
}
