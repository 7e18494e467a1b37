import { expect, test } from 'vitest';
import { paintData } from '../../../src/cli/output.ts';
import { verifyTables, wholeTables } from '../../../src/cli/verify-tables.ts';

const text = 'ranch style white exterior with vinyl siding, brick, wood; front porch, fenced yard';
const columns = ['field', 'before', 'now'];
const tables = [
  { title: 'Listing 1', columns, rows: [['exterior', null, text]] },
  { title: 'Listing 2', columns, rows: [['exterior', null, 'brick']] },
];

test('texts that are to be read are never cut, and look the same for short ones', () => {
  expect(wholeTables(tables, paintData)).toBe(
    `Listing 1\n  exterior\n    before  –\n    now     ${text}\n\nListing 2\n  exterior\n    before  –\n    now     brick`,
  );
});

test('short texts that are to be read stay in a table', () => {
  expect(wholeTables(tables.slice(1), paintData)).toMatch(
    /^ {2}field +before +now\n.*\n {2}exterior +– +brick$/m,
  );
});

test('in other tables a long text takes no more room than its beginning needs', () => {
  const told = verifyTables(tables, paintData);
  expect(told).toContain('ranch style white exterior with vinyl siding, brick, wood; …');
  expect(told).not.toContain('fenced');
});
