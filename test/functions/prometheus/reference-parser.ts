import type { Sample } from '../../../functions/prometheus/parse-sample.ts';

/** Reads a sample one character after the other, as slowly as it is plain to see that it is right; throws when it is none. */
export function parseSlowly(line: string): Sample {
  let position = 0;
  const peek = () => line[position] ?? '';
  const take = () => {
    const character = peek();
    if (character === '') throw new Error('the line ends too early');
    position += 1;
    return character;
  };
  const blanks = () => {
    let count = 0;
    while (peek() === ' ' || peek() === '\t') {
      take();
      count += 1;
    }
    return count;
  };
  const word = (isFirst: (c: string) => boolean, isNext: (c: string) => boolean) => {
    let text = '';
    if (!isFirst(peek())) return text;
    while (peek() !== '' && isNext(peek())) text += take();
    return text;
  };
  const letter = (c: string) => (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c === '_';
  const digit = (c: string) => c >= '0' && c <= '9';
  const quoted = () => {
    let text = '';
    take();
    for (;;) {
      const character = take();
      if (character === '"') return text;
      if (character !== '\\') text += character;
      else {
        const escaped = take();
        if (escaped === 'n') text += '\n';
        else if (escaped === '\\' || escaped === '"') text += escaped;
        else text += `\\${escaped}`;
      }
    }
  };
  const token = () => {
    let text = '';
    while (peek() !== '' && !' \t#'.includes(peek())) text += take();
    return text;
  };

  blanks();
  const plain = (c: string) => letter(c) || c === ':';
  let name = word(plain, (c) => plain(c) || digit(c));
  const apart = blanks() > 0;
  const labels = new Map<string, string>();
  let named = name !== '';
  if (peek() === '{') {
    take();
    for (let first = true; ; first = false) {
      blanks();
      if (peek() === '}') break;
      const wasQuoted = peek() === '"';
      const label = wasQuoted ? quoted() : word(letter, (c) => letter(c) || digit(c));
      if (!wasQuoted && label === '') throw new Error('a label without a name');
      blanks();
      if (peek() === '=') {
        take();
        blanks();
        if (peek() !== '"') throw new Error('a value without quotation marks');
        if (labels.has(label)) throw new Error('a label twice');
        labels.set(label, quoted());
      } else {
        if (!wasQuoted || !first || named) throw new Error('a label without a value');
        name = label;
        named = true;
      }
      blanks();
      if (peek() === '}') break;
      if (take() !== ',') throw new Error('labels without a comma in between');
    }
    take();
    blanks();
  } else if (!apart) throw new Error('no blank before the value');
  if (!named) throw new Error('no name');
  const value = number(token(), true);
  blanks();
  const timestamp = peek() === '' || peek() === '#' ? undefined : number(token(), false);
  blanks();
  if (peek() !== '' && peek() !== '#') throw new Error('something after the end');
  return { name, labels, value, timestamp };
}

function number(text: string, special: boolean): number {
  const lower = text.toLowerCase();
  if (special && lower === 'nan') return Number.NaN;
  if (special && ['inf', '+inf', 'infinity', '+infinity'].includes(lower)) return Number.POSITIVE_INFINITY;
  if (special && ['-inf', '-infinity'].includes(lower)) return Number.NEGATIVE_INFINITY;
  // JavaScript knows more numbers than Go does here: hexadecimal ones, and nothing as zero.
  for (const character of text) if (!'0123456789+-.eE'.includes(character)) throw new Error('no number');
  if (text === '' || Number.isNaN(Number(text))) throw new Error('no number');
  return Number(text);
}
