const WORD = /(?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+/suy;
const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gsu;
const SPACE = /\s*/uy;

/**
 * A command as a shell reads its words: quotes keep spaces, a backslash keeps one character. Nothing else has a meaning:
 * `$HOME`, `$(…)`, `*`, `;` and `|` are text. Null where a quote is not closed.
 */
export function wordsOf(command: string): string[] | null {
  const words: string[] = [];
  let at = after(SPACE, command, 0);
  while (at < command.length) {
    const end = after(WORD, command, at);
    if (end === at) return null;
    words.push(unquoted(command.slice(at, end)));
    at = after(SPACE, command, end);
  }
  return words;
}

/** Where what is found at `at` ends. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function unquoted(word: string): string {
  return word.replace(PART, (_, single?: string, double?: string, escaped?: string) => {
    return single ?? double?.replaceAll(/\\([\\"$`])/g, '$1') ?? escaped ?? '';
  });
}
