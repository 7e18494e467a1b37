import { expect, test } from 'vitest';
import { requireWatching, watchFlags } from '../../../src/cli/watch-flags.ts';

test('a hook is a command in one string, with half a minute to run', () => {
  const given = watchFlags.parse({ after: `notify --text 'run is over'` });
  expect(given).toMatchObject({
    after: ['notify', '--text', 'run is over'],
    hookTimeout: 30,
    verbose: false,
  });
});

test.for([
  [{ afterPage: "echo 'half" }, 'expected a command with its quotes closed'],
  [{ after: ' ' }, 'expected a command'],
  [{ after: `''` }, 'expected a command'],
  [{ hookTimeout: 0 }, 'expected a whole number from 1 to 86400'],
  [{ progressFile: '' }, 'expected a file'],
] as const)('%o is refused', ([given, told]) => {
  expect(watchFlags.safeParse(given).error?.issues[0]?.message).toContain(told);
});

test.for(['verbose', 'progressFile', 'before', 'afterPage', 'after'])(
  '%s asks for a command that watches',
  (name) => {
    expect(() => requireWatching({ [name]: ['true'], detach: true })).toThrow('--detach does not watch');
    expect(() => requireWatching({ [name]: ['true'] })).not.toThrow();
    expect(() => requireWatching({ detach: true })).not.toThrow();
  },
);
