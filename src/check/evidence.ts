import type { AccessLogFact } from '../facts/access-log.ts';
import type { CpuFact } from '../facts/cpu.ts';
import type { HostFacts } from '../facts/index.ts';
import type { MemoryFact } from '../facts/memory.ts';
import type { PostgresFact } from '../facts/postgres.ts';
import type { ProcessesFact } from '../facts/processes.ts';

/** One answer of the site, or none. Durations in milliseconds, as the client sees them. */
export interface HttpSample {
  /** Undefined: no answer; `error` says why. */
  status?: number;
  error?: string;
  /** Until the headers; until the last byte. */
  firstByteMs: number;
  totalMs: number;
  /** `X-Cache-Status` of the answer, in capitals. */
  cache?: string;
  /** Asked without TLS, the answer was to go to this origin with it: `https://shop.example`. */
  movedTo?: string;
}

/** Requests made for the check, one after another on one connection. */
export interface HttpEvidence {
  /** What was asked, for people: `http://shop.example/health`, `port 8080 of the server through SSH`. */
  from: string;
  path: string;
  /** The first request: it may open connections and fill caches, and is in no statistic. */
  warmUp: HttpSample;
  samples: readonly HttpSample[];
  /** Median time to open a channel through SSH: about what the tunnel adds to each request. */
  tunnelMs?: number;
}

export interface HealthEvidence {
  path: string;
  sample: HttpSample;
}

export type CertificateEvidence =
  | { state: 'none' }
  | {
      state: 'ok';
      host: string;
      /** ISO 8601. */
      validTo: string;
      /** Days from now; negative: over. */
      days: number;
      /** Why a client would not trust it, e.g. `CERT_HAS_EXPIRED`. */
      untrusted?: string;
    };

/** What the configuration says; always there. */
export interface CheckSettings {
  appDir: string;
  healthPath: string;
  /** Expected workers of each app container. */
  workers?: number;
}

/** Everything that checks look at: a plain object, so that a verdict can be replayed from a file. */
export interface Evidence extends HostFacts {
  cpu: CpuFact;
  memory: MemoryFact;
  processes: ProcessesFact;
  postgres: PostgresFact;
  accessLog: AccessLogFact;
  http: HttpEvidence;
  health: HealthEvidence;
  certificate: CertificateEvidence;
  settings: CheckSettings;
}

export type EvidenceId = Exclude<keyof Evidence, 'settings'>;

/** Evidence as gathered: what could not be read is missing, and `unread` says why. */
export interface Gathered {
  evidence: Partial<Evidence> & Pick<Evidence, 'settings'>;
  unread: Partial<Record<EvidenceId, string>>;
}
