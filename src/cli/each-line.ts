import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';

/** What is longer is told in pieces, so that a stream without an end of line takes no memory. */
const LONGEST = 4_000;

/** Tells a stream line by line, without what would steer a terminal. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const tell = (line: string) =>
    onLine(
      stripVTControlCharacters(line)
        .replaceAll(/\p{Cc}/gu, ' ')
        .trimEnd(),
    );
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(line);
    while (rest.length > LONGEST) {
      tell(rest.slice(0, LONGEST));
      rest = rest.slice(LONGEST);
    }
  });
  stream.once('end', () => {
    if (rest !== '') tell(rest);
  });
}
