import { describe, expect, it } from 'vitest';
import { jsonReport, jsonText } from '../../../../src/audit/formats/json.ts';
import { sampleReport } from '../sample-report.ts';

describe('the report as JSON', () => {
  it('is the report, with the version of its shape first', () => {
    const report = sampleReport();
    expect(JSON.parse(jsonReport(report))).toEqual(report);
    expect(jsonReport(report)).toMatch(/^\{\n {2}"version": 1,\n/);
    expect(jsonReport(report)).toMatch(/\}\n$/);
  });

  it('sends no byte that drives a terminal, and loses none', () => {
    const value = { text: '\u001B[2J \u009B \u202E \u2028 \uFEFF ü' };
    const text = jsonText(value);
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028\u202E\uFEFF]/);
    expect(text).toContain('ü');
    expect(JSON.parse(text)).toEqual(value);
  });
});
