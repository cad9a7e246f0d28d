/** Longest line that is read, in bytes; a series with more labels than fit in is a mistake. */
export const LONGEST_LINE = 65_536;
/** What is kept of a longer one, in bytes: enough to see whose it is. */
const KEPT_OF_LONG_LINE = 1024;

const NEW_LINE = 10;

export interface LineSink {
  /** A line without its end. */
  line(text: string): void;
  /** The beginning of a line that is too long, or of one that the end of the text cut off. */
  broken(beginning: string): void;
}

/** Cuts bytes, in pieces of any size, into lines, and keeps no more than the one that is unfinished. */
export function splitLines(sink: LineSink): { write(chunk: Buffer): void; end(): void } {
  let pieces: Buffer[] = [];
  let length = 0;
  let tooLong = false;
  const keep = (piece: Buffer) => {
    if (!tooLong && piece.length > 0) pieces.push(piece);
    length += piece.length;
    if (length <= LONGEST_LINE || tooLong) return;
    tooLong = true;
    pieces = [Buffer.concat(pieces).subarray(0, KEPT_OF_LONG_LINE)];
  };
  const finish = () => {
    const text = withoutReturn(Buffer.concat(pieces).toString('utf8'));
    if (tooLong) sink.broken(text);
    else sink.line(text);
    pieces = [];
    length = 0;
    tooLong = false;
  };
  return {
    write(chunk) {
      const first = chunk.indexOf(NEW_LINE);
      if (first < 0) return keep(chunk);
      keep(chunk.subarray(0, first));
      finish();
      const last = chunk.lastIndexOf(NEW_LINE);
      if (last > first) splitWhole(chunk.toString('utf8', first + 1, last), sink);
      keep(chunk.subarray(last + 1));
    },
    end() {
      // A number that was cut off is still a number, only another one.
      if (length > 0) sink.broken(withoutReturn(Buffer.concat(pieces).toString('utf8')));
      pieces = [];
      length = 0;
    },
  };
}

function splitWhole(text: string, sink: LineSink): void {
  let start = 0;
  for (;;) {
    const end = text.indexOf('\n', start);
    const line = end < 0 ? text.slice(start) : text.slice(start, end);
    // Bytes are no fewer than characters, and only matter for lines that could be near the limit.
    if (line.length * 3 > LONGEST_LINE && Buffer.byteLength(line) > LONGEST_LINE)
      sink.broken(line.slice(0, KEPT_OF_LONG_LINE));
    else sink.line(withoutReturn(line));
    if (end < 0) return;
    start = end + 1;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
