import { compose } from './compose.ts';
import { containers } from './containers.ts';
import { engine } from './engine.ts';
import type { FactValues } from './gather.ts';
import { git } from './git.ts';
import { images } from './images.ts';
import { ledger } from './ledger.ts';
import { lock } from './lock.ts';
import { proxy } from './proxy.ts';
import { system } from './system.ts';
import { tolerant } from './tolerant.ts';

/** What every command about a stack looks at; to add a fact: one file, one line here. */
export const hostFacts = { engine, system, git, lock, ledger, compose, images, containers, proxy };

/** What a rollout's own steps change, and must look at again: without the files that it is made of, and with them. */
export const runningFacts = { images, containers, proxy };
export const stackFacts = { compose, ...runningFacts };

export type HostFacts = FactValues<typeof hostFacts>;

/**
 * For commands that have something to say of a host on which nobody can list containers and images, such as why: these
 * values may be missing.
 */
export const lookFacts = { ...hostFacts, ...tolerant({ containers, images }) };
