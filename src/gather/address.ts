const privateV4 =
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;
const privateV6 = /^(?:::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/;

/** An address that no client on the internet has: private, shared (RFC 6598), link-local, of this machine, or a Unix socket. */
export function isPrivateAddress(address: string): boolean {
  const text = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return text === 'unix:' || privateV4.test(text) || privateV6.test(text);
}
