export { seeded } from '../../src/bench/draws.ts';
