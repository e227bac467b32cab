import { check } from '../check.ts';
import { expectation, judge, withUnit } from '../threshold.ts';

export const certificate = check({
  id: 'certificate',
  title: 'Certificate',
  describe:
    'Days until the TLS certificate of `url` ends, asked from the machine that runs ops. A certificate that a client would not trust fails, with the reason. Not applicable without an `https` url.',
  unit: 'days',
  direction: 'atLeast',
  defaults: { warn: 21, fail: 7 },
  needs: ['certificate'],
  evaluate({ certificate }, thresholds) {
    const expected = expectation({ direction: 'atLeast', unit: 'days' }, thresholds);
    if (certificate.state === 'none')
      return { status: 'notApplicable', expected, message: 'The target has no https url.' };
    const { host, days, untrusted, validTo } = certificate;
    const until = `${host}: ${days < 0 ? 'ended' : 'valid until'} ${validTo.slice(0, 10)} (${withUnit(Math.floor(days), 'days')})`;
    return {
      status: untrusted === undefined ? judge(days, 'atLeast', thresholds) : 'fail',
      value: days,
      expected,
      message: untrusted === undefined ? `${until}.` : `${until}, and not trusted: ${untrusted}.`,
    };
  },
});
