/** Docker's id of a container, short or whole. */
export function isContainerId(text: string): boolean {
  return /^[0-9a-f]{1,64}$/.test(text);
}

/** What Compose takes for the name of a service. */
export function isServiceName(text: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(text);
}
