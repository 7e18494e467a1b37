import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/domain/failure.ts';
import { detectRule, type GroupRule, groupImages } from '../../../src/domain/predictions/groups.ts';

const groupsOf = (names: readonly string[], rule: GroupRule) =>
  groupImages(names, rule).map(({ images }) => images);

describe('by stage', () => {
  const byStage = (...names: string[]) => groupsOf(names, { name: 'stage' });

  test('the stages of one photo are a group, in the order of the stages', () => {
    const made = [
      '20250705_230713_stage1_generated.png',
      '20250705_230713_stage1.5_face_swapped.png',
      '20250705_230713_stage2_upscaled.png',
      '20250705_230713_stage3_enhanced.png',
    ];
    expect(groupImages(made.toReversed(), { name: 'stage' })).toEqual([{ key: made[0], images: made }]);
  });

  test('a stage that repeats or falls begins the next group', () => {
    const made = [
      '1_stage1',
      '2_stage2',
      '3_stage2',
      '4_stage3',
      '5_stage1',
      '6_stage1',
      '7_stage3',
      '8_stage1.5',
    ];
    const [a, b, c, d, e, f, g, h] = made.map((name) => `20250705_23071${name}.png`);
    expect(byStage(...[a, b, c, d, e, f, g, h].map(String))).toEqual([[a, b], [c, d], [e], [f, g], [h]]);
  });

  test('time counts before stage, and the name decides what is left', () => {
    expect(byStage('20250705_000002_stage1_a.png', '20250705_000001_stage3_b.png')).toHaveLength(2);
    expect(byStage('b_20250705_000001_stage1.png', 'a_20250705_000001_stage1.png')).toEqual([
      ['a_20250705_000001_stage1.png'],
      ['b_20250705_000001_stage1.png'],
    ]);
  });

  test('images of two folders are never alternatives', () => {
    expect(byStage('a/20250705_000001_stage1.png', 'b/20250705_000001_stage2.png')).toHaveLength(2);
    const between = [
      'a/20250705_000001_stage1.png',
      'b/20250705_000002_stage1.png',
      'a/20250705_000003_stage2.png',
    ];
    expect(byStage(...between)).toEqual([[between[0], between[2]], [between[1]]]);
  });

  test.each(['cover.png', '20250705_230713.png', 'stage1.png', '20250705_230713_stage4.png'])(
    'an image without time stamp or known stage is alone: %s',
    (name) => {
      const staged = ['20250705_230713_stage1.png', '20250705_230713_stage2.png'];
      expect(byStage(...staged, name)).toEqual(expect.arrayContaining([staged, [name]]));
    },
  );

  test.each(['stage1.25', 'stage10', 'stage2.5', 'backstage1'])('%s is no stage', (stage) => {
    expect(byStage(`20250705_230713_${stage}.png`, '20250705_230714_stage3.png')).toHaveLength(2);
  });
});

test('by folder, images are alternatives to those beside them, not to those in folders below', () => {
  expect(groupImages(['a/2.png', 'a/1.png', 'a/b/1.png', 'top.png'], { name: 'folder' })).toEqual([
    { key: '', images: ['top.png'] },
    { key: 'a', images: ['a/1.png', 'a/2.png'] },
    { key: 'a/b', images: ['a/b/1.png'] },
  ]);
});

describe('by a pattern', () => {
  const by = (pattern: string, ...names: string[]) => groupsOf(names, { name: 'pattern', pattern });

  test('images with the same first group are alternatives, and what does not match is alone', () => {
    expect(by('^(.+)_v\\d+\\.png$', 'a_v2.png', 'a_v1.png', 'b_v1.png', 'cover.png')).toEqual([
      ['a_v1.png', 'a_v2.png'],
      ['b_v1.png'],
      ['cover.png'],
    ]);
  });

  test('without a group, the whole match counts', () => {
    expect(by('\\d{4}', 'x0001.png', 'y0001.png', 'x0002.png')).toEqual([
      ['x0001.png', 'y0001.png'],
      ['x0002.png'],
    ]);
  });

  test.each(['(', 'a{2,1}', '(a)\\1', '(?=a)', '(?<=a)b'])(
    '%s is refused before anything runs',
    (pattern) => {
      expect(() => by(pattern, 'a.png')).toThrow(UsageError);
      expect(() => by(pattern)).toThrow(`--group-by: '${pattern}' cannot be used`);
    },
  );

  test.each(['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '^(.*)*x$', '^(\\w+\\s?)*$', '.*.*.*.*.*x$'])(
    '%s, which stalls other matchers, takes no time',
    (pattern) => {
      const started = performance.now();
      by(
        pattern,
        `${'a'.repeat(2_000)}!`,
        ...Array.from({ length: 20 }, (_, n) => `${'a'.repeat(200)}${n}!`),
      );
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );
});

describe('the rule is found', () => {
  const staged = (count: number) => Array.from({ length: count }, (_, n) => `2025070${n}_000000_stage1.png`);
  test.each<[string, string, string[]]>([
    ['stage', 'all names have a stage', staged(3)],
    ['stage', 'nine of ten have one', [...staged(9), 'cover.png']],
    ['folder', 'fewer have one', [...staged(8), 'cover.png']],
    ['folder', 'none has one', ['a/1.png']],
    ['folder', 'there are no images', []],
  ])('%s, where %s', (rule, _, names) => {
    expect(detectRule(names)).toEqual({ name: rule });
  });
});

describe('for any images and any rule', () => {
  const folder = fc.constantFrom('', 'a/', 'b/', 'a/c/');
  const stamp = fc.constantFrom('20250705_000001', '20250705_000002', '20250706_000000');
  const stage = fc.constantFrom('stage1', 'stage1.5', 'stage2', 'stage3');
  const staged = fc
    .tuple(folder, stamp, stage, fc.constantFrom('', '_x', '_y'))
    .map(([where, at, done, more]) => `${where}${at}_${done}${more}.png`);
  const piece = fc.constantFrom('20250705_000001', '_stage1', '_stage2', 'stage3', 'stage4', 'x');
  const stray = fc.tuple(folder, fc.array(piece, { minLength: 1, maxLength: 4 }));
  const image = fc.oneof(
    { weight: 3, arbitrary: staged },
    { weight: 1, arbitrary: stray.map(([where, pieces]) => `${where}${pieces.join('')}.png`) },
  );
  const names = fc.uniqueArray(image, { maxLength: 40 });
  const rule = fc.constantFrom<GroupRule>(
    { name: 'stage' },
    { name: 'folder' },
    { name: 'pattern', pattern: '(\\d+)_stage' },
    { name: 'pattern', pattern: '^a/(x+\\.png)|stage' },
  );

  test('every image is in one group, and every group has a key of its own', () => {
    fc.assert(
      fc.property(names, rule, (images, by) => {
        const groups = groupImages(images, by);
        expect(groups.flatMap((group) => group.images).sort()).toEqual(images.toSorted());
        expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
        expect(groups.every((group) => group.images.length > 0)).toBe(true);
      }),
    );
  });

  test('the order in which they are listed changes nothing', () => {
    const shuffled = names.chain((images) =>
      fc.tuple(fc.constant(images), fc.shuffledSubarray(images, { minLength: images.length })),
    );
    fc.assert(
      fc.property(shuffled, rule, ([images, other], by) => {
        expect(groupImages(other, by)).toEqual(groupImages(images, by));
      }),
    );
  });

  test('what differs only in rising stages is never torn apart', () => {
    const subset = fc.uniqueArray(stage, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(subset, names, (stages, others) => {
        const run = stages.toSorted().map((done) => `own/20250101_120000_${done}.png`);
        expect(groupsOf([...others, ...run], { name: 'stage' })).toContainEqual(run);
      }),
    );
  });

  test('a group of stages rises, in one folder, and time never goes back in it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(staged, { maxLength: 60 }), (images) => {
        for (const group of groupsOf(images, { name: 'stage' }).filter(({ length }) => length > 1)) {
          const stages = group.map((name) => Number(/stage([\d.]*\d)/.exec(name)?.[1]));
          const stamps = group.map((name) => String(/\d{8}_\d{6}/.exec(name)));
          expect(stages).toEqual([...new Set(stages)].sort((a, b) => a - b));
          expect(stamps).toEqual(stamps.toSorted());
          expect(new Set(group.map((name) => name.slice(0, name.lastIndexOf('/') + 1))).size).toBe(1);
        }
      }),
    );
  });
});
