import type { Edit } from '../source/edits.ts';
import type { Span } from '../source/span.ts';

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof severities)[number];

/**
 * `opportunity`: nothing is wrong, something could be better. `unknown`: could not look, never a pass.
 * `notApplicable`: there is nothing to look at.
 */
export type FindingStatus = 'fail' | 'opportunity' | 'pass' | 'unknown' | 'notApplicable';

/** `static`: read in the project's files. `live`: seen on the running stack. `measured`: its effect was seen too. */
export type Confidence = 'static' | 'live' | 'measured';

export interface EvidenceLine {
  /** Where in the project's files … */
  at?: Span;
  /** … or what was asked on the server: `pg_settings`, `docker inspect shop-backend-1`. */
  source?: string;
  /** What was seen there, in one line; secrets redacted. */
  text: string;
}

/** What would mend a finding. */
export interface Fix {
  /** An imperative: `Start gunicorn with 4 workers`. */
  title: string;
  /** Empty: only a person can do it, and `manual` says how. */
  edits: readonly Edit[];
  /** What a person has to do, besides or instead of the edits. Markdown. */
  manual?: string;
  /** What it takes until it works. */
  requires: 'reload' | 'restart' | 'recreate' | 'rebuild';
  /** What could go wrong, in one sentence. */
  risk?: string;
}

/** What one rule says of one subject, before the rule's own words are added. */
export interface Verdict {
  status: FindingStatus;
  /** Usually a service; `` `host` `` for the machine. */
  subject: string;
  /** Other than the rule's own. */
  severity?: Severity;
  confidence: Confidence;
  /** One or two sentences with the figures of this stack. */
  message: string;
  /** Where a person should look first. */
  at?: Span;
  current?: string;
  expected?: string;
  evidence?: readonly EvidenceLine[];
  fix?: Fix;
}
