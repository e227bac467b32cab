/**
 * User agents of the requests that ops makes by itself; in an access log they are nobody's. The load of `ops bench` is
 * not among them: who makes it wants to see what it does.
 */
export const ownAgents = { check: 'ops-check', probe: 'ops-probe' } as const;
