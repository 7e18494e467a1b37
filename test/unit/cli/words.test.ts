import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordsOf } from '../../../src/cli/words.ts';

test.for([
  ['notify done', ['notify', 'done']],
  ['  a\tb\n', ['a', 'b']],
  [`post --text 'two words' "and 'these'"`, ['post', '--text', 'two words', "and 'these'"]],
  [
    'a $(rm -rf x) `id` $HOME *.ts; b | c && d > e',
    'a $(rm -rf x) `id` $HOME *.ts; b | c && d > e'.split(' '),
  ],
  [`echo "$(rm -rf x)"`, ['echo', '$(rm -rf x)']],
  [String.raw`a\ b "\"q\"" '\n' "\n" \\`, ['a b', '"q"', '\\n', '\\n', '\\']],
  [`--name="x y"z ''`, ['--name=x yz', '']],
  ['', []],
] as const)('%s is read as a shell reads words, and nothing else means anything', ([command, words]) => {
  expect(wordsOf(command)).toEqual(words);
});

test.for([`a 'b`, 'a "b', 'a "b\\"', 'a \\', `it's`])('%s is not closed', (command) => {
  expect(wordsOf(command)).toBeNull();
});

test('whatever is quoted arrives as it is', () => {
  const quoted = (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      expect(wordsOf(words.map(quoted).join(' '))).toEqual(words);
    }),
  );
});
