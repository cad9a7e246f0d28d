import type { AuditEntry } from '../../schemas/run.ts';
import { redact } from '../step/redact.ts';
import { cut } from './cut.ts';
import type { ReportInput } from './markdown.ts';
import { duration, firstSign } from './timings.ts';

const WIDTH = 960;
const LEFT = 24;
const RIGHT = 24;
const ROW = 26;
const BAND_TOP = 64;
const BAND_HEIGHT = 30;
const LONGEST_LABEL = 96;

const PHASE_COLOURS: Record<string, string> = {
  open: '#8a94a6',
  plan: '#4c7dd6',
  approve: '#b08900',
  act: '#d9662b',
  verify: '#2f9e6e',
  close: '#8a94a6',
};
const KIND_MARKS: Record<string, string> = {
  trigger: '▶',
  observation: '○',
  decision: '◆',
  action: '●',
  wait: '◷',
  check: '✓',
  error: '✗',
  outcome: '■',
};

/** What XML takes in no form, not even escaped. */
const NOT_IN_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

export const escapeXml = (text: string) =>
  text
    .replaceAll(NOT_IN_XML, '\u{FFFD}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** A picture of the run: its phases as bands to scale, and what happened, in order, below. Readable on light and dark ground. */
export function renderTimeline({ record, entries }: Pick<ReportInput, 'record' | 'entries'>): string {
  const start = Date.parse(firstSign(record));
  const end = Math.max(
    Date.parse(record.closedAt ?? entries.at(-1)?.at ?? record.run.startedAt),
    start + 1000,
  );
  const x = (at: string) =>
    LEFT +
    ((Math.min(Math.max(Date.parse(at), start), end) - start) / (end - start)) * (WIDTH - LEFT - RIGHT);
  const bands = phaseBands(entries, record.closedAt).map(({ phase, from, to }) => {
    const width = Math.max(x(to) - x(from), 2);
    const label =
      width > 48
        ? `<text x="${(x(from) + width / 2).toFixed(1)}" y="${BAND_TOP + 20}" text-anchor="middle" fill="#fff">${phase}</text>`
        : '';
    return `<rect x="${x(from).toFixed(1)}" y="${BAND_TOP}" width="${width.toFixed(1)}" height="${BAND_HEIGHT}" fill="${PHASE_COLOURS[phase]}"/>${label}`;
  });
  const listTop = BAND_TOP + BAND_HEIGHT + 44;
  const rows = entries.map((entry, index) => {
    const y = listTop + index * ROW;
    const after = `+${duration(Math.round((Date.parse(entry.at) - start) / 1000))}`;
    return (
      `<circle cx="${x(entry.at).toFixed(1)}" cy="${BAND_TOP + BAND_HEIGHT + 8}" r="3" fill="${PHASE_COLOURS[entry.phase]}"/>` +
      `<text x="${LEFT}" y="${y}" fill="${PHASE_COLOURS[entry.phase]}">${KIND_MARKS[entry.kind] ?? '·'}</text>` +
      `<text x="${LEFT + 22}" y="${y}" fill="#7a8394">${after}</text>` +
      `<text x="${LEFT + 120}" y="${y}" fill="currentColor">${escapeXml(cut(redact(entry.summary), LONGEST_LABEL))}</text>`
    );
  });
  const height = listTop + entries.length * ROW + 16;
  const title = `${record.run.runbook} on ${record.target}: ${record.outcome ?? 'unfinished'}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeXml(title)}" font-family="system-ui, sans-serif" font-size="13">`,
    // Viewers that show the picture alone have no text colour to inherit.
    '<style>svg{color:#1f2733}@media (prefers-color-scheme:dark){svg{color:#e6eaf0}}</style>',
    `<text x="${LEFT}" y="28" font-size="17" font-weight="600" fill="currentColor">${escapeXml(title)}</text>`,
    `<text x="${LEFT}" y="50" fill="#7a8394">${new Date(start).toISOString().slice(0, 19)}Z</text>`,
    `<text x="${WIDTH - RIGHT}" y="50" text-anchor="end" fill="#7a8394">${duration(Math.round((end - start) / 1000))} in all</text>`,
    ...bands,
    ...rows,
    '</svg>',
  ].join('\n');
}

/** Stretches of the same phase. An entry is written when its work is done: the time before it is that of its phase. */
function phaseBands(
  entries: readonly AuditEntry[],
  closedAt: string | undefined,
): Array<{ phase: string; from: string; to: string }> {
  const bands: Array<{ phase: string; from: string; to: string }> = [];
  let previous = entries[0]?.at ?? '';
  for (const { phase, at } of entries) {
    const last = bands.at(-1);
    if (last?.phase === phase) last.to = at;
    else bands.push({ phase, from: previous, to: at });
    previous = at;
  }
  const last = bands.at(-1);
  if (last && closedAt !== undefined) last.to = closedAt > last.to ? closedAt : last.to;
  return bands;
}
