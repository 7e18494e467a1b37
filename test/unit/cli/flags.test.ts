import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { options } from '../../../src/backfills/vehicle-images/options.ts';
import { addFlags, readFlags, wholeNumber } from '../../../src/cli/flags.ts';
import { startFlags, startRequest } from '../../../src/cli/start-flags.ts';

describe('flags of a backfill come from its options', () => {
  test('a boolean is a switch, an array a comma list, camelCase is kebab-case', () => {
    expect(parsed(options, ['--sensitive-local', '--steps', 'angle,documents'])).toEqual({
      steps: ['angle', 'documents'],
      sensitiveLocal: true,
      model: 'gpt-4o',
    });
  });

  test('what is left out has its default', () => {
    expect(parsed(options, [])).toEqual({
      steps: ['angle', 'documents', 'appraise'],
      sensitiveLocal: false,
      model: 'gpt-4o',
    });
  });

  test('what is on by default can be switched off', () => {
    const schema = z.object({ wait: z.boolean().default(true).describe('do not wait') });
    expect(parsed(schema, [])).toEqual({ wait: true });
    expect(parsed(schema, ['--no-wait'])).toEqual({ wait: false });
  });

  test('the help shows each flag with its description', () => {
    const help = addFlags(new Command('x'), options).helpInformation();
    expect(help).toContain('--sensitive-local');
    expect(help).toMatch(/--model <text>.*OpenAI model/);
  });
});

describe('a wrong flag is told by its name, with what was expected and what was got', () => {
  test.for([
    [['--limit', 'ten'], "--limit: expected a whole number (1 or more), got 'ten'"],
    [['--limit', '0'], "--limit: expected a whole number (1 or more), got '0'"],
    [['--limit', '1.5'], "--limit: expected a whole number (1 or more), got '1.5'"],
    [['--limit', ''], "--limit: expected a whole number (1 or more), got ''"],
    [['--window', '501'], "--window: expected a whole number from 1 to 500, got '501'"],
    [['--budget', '-3'], "--budget: expected an amount in dollars, above 0, got '-3'"],
    [['--only', 'some'], "--only: expected one of: missing, incomplete, failed, all, got 'some'"],
    [['--on-unknown', 'x'], "--on-unknown: expected one of: repay, hold, got 'x'"],
    [
      ['--rps', 'rekognition'],
      "--rps: expected <provider>=<requests per second>, provider one of: rekognition, openai, got 'rekognition'",
    ],
    [
      ['--rpd', 'openai=0'],
      "--rpd: expected <provider>=<requests per day, or none>, provider one of: rekognition, openai, got 'openai=0'",
    ],
    [['--rpd', 'openai='], "got 'openai='"],
    [['--rpd', 'openai=many'], "got 'openai=many'"],
    [['--rpd', 'azure=5'], "got 'azure=5'"],
  ] as const)('%s', ([argv, message]) => {
    expect(() => parsed(startFlags, [...argv])).toThrow(message);
  });

  test('steps that do not exist are named', () => {
    expect(() => parsed(options, ['--steps', 'angel'])).toThrow(/--steps: .*angle.*got 'angel'/);
  });

  test('an upper bound is told with the lower one', () => {
    expect(() => wholeNumber(1, 9).parse(10)).toThrow('expected a whole number from 1 to 9');
  });
});

describe('what a start asks for', () => {
  test('rates merge over the defaults, one flag per provider', async () => {
    const flags = parsed(startFlags, ['--rps', 'rekognition=50', '--rps', 'openai=0.5']);
    const { settings } = await startRequest('vehicle-images', flags, {});
    expect(settings?.rates).toEqual({
      rekognition: { perSecond: 50 },
      openai: { perSecond: 0.5, perDay: 10_000 },
    });
  });

  test('day quotas merge over the defaults and the rates, one flag per provider', async () => {
    const argv = ['--rpd', 'openai=50000', '--rps', 'openai=20', '--rpd', 'rekognition=1000'];
    const { settings } = await startRequest('vehicle-images', parsed(startFlags, argv), {});
    expect(settings?.rates).toEqual({
      rekognition: { perSecond: 5, perDay: 1_000 },
      openai: { perSecond: 20, perDay: 50_000 },
    });
  });

  test('a day quota of none is no quota', async () => {
    const flags = parsed(startFlags, ['--rpd', 'openai=none']);
    const { settings } = await startRequest('vehicle-images', flags, {});
    expect(settings?.rates).toEqual({ rekognition: { perSecond: 5 }, openai: {} });
  });

  test('without --rps and --rpd the limits of the providers hold', async () => {
    const { settings } = await startRequest('vehicle-images', parsed(startFlags, []), {});
    expect(settings?.rates).toEqual({ rekognition: { perSecond: 5 }, openai: { perDay: 10_000 } });
  });

  test('a budget is kept to the nanodollar, and no budget is no cap', async () => {
    const capped = await startRequest('vehicle-images', parsed(startFlags, ['--budget', '0.021']), {});
    expect(capped.settings?.budget).toBe(21_000_000);
    const open = await startRequest('vehicle-images', parsed(startFlags, []), {});
    expect(open.settings).not.toHaveProperty('budget');
  });

  test('a file of ids that is not there is refused by its name', async () => {
    const flags = parsed(startFlags, ['--ids', '/nowhere/ids.txt']);
    await expect(startRequest('vehicle-images', flags, {})).rejects.toThrow(
      '--ids: cannot read /nowhere/ids.txt',
    );
  });
});

function parsed<Schema extends z.ZodObject>(schema: Schema, argv: string[]): z.infer<Schema> {
  const command = addFlags(new Command('x').exitOverride(), schema);
  command.parse(argv, { from: 'user' });
  return readFlags(command, schema);
}
