import type { Unit } from './model.ts';

/* Numbers as people read them. */

/** `0.42`, `8.1`, `120`, `2,500`: three figures that count, no more. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const decimals = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: decimals });
}

/** `0 %`, `0.3 %`, `85 %`; a share that is not 0 is never shown as 0. */
export function share(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const percent = value * 100;
  if (percent > 0 && percent < 0.01) return '< 0.01 %';
  return `${percent.toLocaleString('en', { maximumFractionDigits: percent < 1 ? 2 : percent < 99.5 ? 1 : 2 })} %`;
}

export function milliseconds(value: number): string {
  return `${number(value)} ms`;
}

/** `320 ms`, `4.2 s`, `3 min 5 s`. */
export function span(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60).toLocaleString('en')} min ${seconds % 60} s`;
}

export function withUnit(value: number, unit: Unit): string {
  switch (unit) {
    case 'ms':
      return milliseconds(value);
    case '/s':
      return `${number(value)} /s`;
    case 'share':
      return share(value);
    case 'CPUs':
      return `${number(value)} CPUs`;
    case 'count':
      return number(value);
  }
}

/** `−95 %`, `18 ×`, `+12 points`, `none`. */
export function change(before: number, after: number, unit: Unit): string {
  if (unit === 'share') {
    const points = (after - before) * 100;
    return Math.abs(points) < 0.005 ? 'none' : `${signed(points, 1)} points`;
  }
  if (before === after) return 'none';
  if (!(before > 0)) return '–';
  const ratio = after / before;
  if (ratio >= 2) return `${number(ratio)} ×`;
  return `${signed((ratio - 1) * 100, 1)} %`;
}

/** With a real minus sign; whole numbers from 10 on, but 99.8 does not become 100. */
export function signed(value: number, decimals: number): string {
  const size = Math.abs(value);
  const near = size > 99 && size < 100;
  const shown = near ? Math.floor(size * 10) / 10 : size;
  const text = shown.toLocaleString('en', { maximumFractionDigits: near ? 1 : size >= 10 ? 0 : decimals });
  return text === '0' ? '±0' : `${value < 0 ? '−' : '+'}${text}`;
}

/** `2026-11-23 16:00 UTC`. */
export function moment(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
