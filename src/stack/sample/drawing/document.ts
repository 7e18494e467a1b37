import { documentOf } from '../answers.ts';
import type { DocumentKind } from '../shot.ts';
import { type Area, type Canvas, ellipse, gradient, rect, shade, times } from './canvas.ts';
import { writing, writingWidth } from './writing.ts';

/** A sheet of paper on a table, a little askew. */
export function document(canvas: Canvas): string {
  const { width, height, choose, shot } = canvas;
  const kind = shot.document ?? 'other';
  const card = kind === 'license' || kind === 'registration';
  const sheet = {
    x: width * (card ? 0.16 : 0.1),
    y: height * (card ? 0.2 : 0.08),
    w: width * (card ? 0.68 : 0.8),
    h: height * (card ? 0.58 : 0.84),
  };
  const paper = choose.pick(PAPERS[kind] ?? ['#f1eee4', '#f6f4ee', '#e6dfcb']);
  const table = choose.pick(['#6a4a30', '#3a3c40', '#7d7468', '#4b2f22', '#2f3d4c']);
  const turn = `rotate(${choose.real(-3, 3)} ${width / 2} ${height / 2})`;
  return [
    `<defs>${gradient('table', [shade(table, 0.15), table, shade(table, -0.4)])}${gradient('paper', [paper, shade(paper, -0.06), shade(paper, 0.2)], 'across')}</defs>`,
    rect({ x: 0, y: 0, w: width, h: height }, 'url(#table)'),
    ...times(
      40,
      (index) =>
        `<path d="M0 ${((index * height) / 40).toFixed(0)}q${width / 2} ${choose.int(-16, 16)} ${width} 0" fill="none" stroke="${shade(table, choose.real(-0.3, 0.2, 2))}" stroke-width="${choose.int(1, 6)}" opacity=".5"/>`,
    ),
    `<g transform="${turn}">`,
    rect({ ...sheet, x: sheet.x + 10, y: sheet.y + 12 }, '#000', 6, 'opacity=".35"'),
    rect(sheet, 'url(#paper)', card ? 24 : 4),
    kind === 'spid_sheet' ? spidSheet(canvas, sheet) : form(canvas, sheet, kind),
    ...stains(canvas, sheet),
    '</g>',
  ].join('');
}

/** The label in the glove box: VIN, option codes in columns, paint and build date. */
function spidSheet(canvas: Canvas, sheet: Area): string {
  const spid = documentOf(canvas.shot)?.spid;
  const { look } = canvas.shot;
  const margin = sheet.w * 0.05;
  const line = (text: string, share: number, size: number) =>
    writing(text, sheet.x + margin, sheet.y + sheet.h * share, sheet.h * size);
  const codes = spid?.rpo_codes ?? [];
  const cells = codes.map((code, index) => {
    const x = sheet.x + margin + (index % 5) * sheet.w * 0.18;
    const y = sheet.y + sheet.h * (0.47 + Math.floor(index / 5) * 0.11);
    return (
      rect(
        { x: x - 8, y: y - 10, w: sheet.w * 0.16, h: sheet.h * 0.095 },
        'none',
        0,
        'stroke="#777" stroke-width="1.5"',
      ) + writing(code, x + 8, y + 4, sheet.h * 0.052)
    );
  });
  return [
    rect(
      { x: sheet.x + 12, y: sheet.y + 12, w: sheet.w - 24, h: sheet.h - 24 },
      'none',
      0,
      'stroke="#333" stroke-width="3"',
    ),
    line('SERVICE PARTS IDENTIFICATION', 0.06, 0.045),
    line('DO NOT REMOVE', 0.135, 0.025),
    line(`VIN ${spid?.vin ?? '#### ####### ##'}`, 0.2, 0.055),
    line(`MODEL ${look.year} ${look.model}`, 0.31, 0.038),
    line('OPTION CODES', 0.4, 0.03),
    ...cells,
    line(`PAINT ${spid?.paint_codes.join(' ') ?? ''}   ${look.color.name}`, 0.84, 0.04),
    line(`BUILD DATE ${spid?.build_date ?? '-- / -- / ----'}`, 0.91, 0.04),
  ].join('');
}

function form(canvas: Canvas, sheet: Area, kind: DocumentKind): string {
  const { choose, shot } = canvas;
  const margin = sheet.w * 0.06;
  const ink = choose.pick(['#22262c', '#1d2f57', '#3a2b20']);
  const title = TITLES[kind];
  const size = Math.min(
    sheet.h * 0.06,
    (sheet.h * 0.06 * (sheet.w - margin * 2)) / writingWidth(title, sheet.h * 0.06),
  );
  const left = sheet.x + margin + (kind === 'license' ? sheet.w * 0.3 : 0);
  const rows = linesOf(canvas, kind).map((text, index) =>
    writing(text, left, sheet.y + sheet.h * (0.24 + index * 0.075), sheet.h * 0.034, { color: ink }),
  );
  return [
    kind === 'title' ? ornament(sheet) : '',
    writing(title, sheet.x + margin, sheet.y + sheet.h * 0.09, size, {
      color: HEADS[kind] ?? ink,
      weight: 0.17,
    }),
    rect({ x: sheet.x + margin, y: sheet.y + sheet.h * 0.18, w: sheet.w - margin * 2, h: 3 }, ink),
    ...rows,
    kind === 'license' ? portrait(sheet, margin, shot.number) : '',
  ].join('');
}

function linesOf({ choose, shot }: Canvas, kind: DocumentKind): string[] {
  const { look } = shot;
  const vehicle = `${look.year} ${look.make} ${look.model}`;
  const money = () => `$${choose.int(4, 900)}.${choose.int(10, 99)}`;
  switch (kind) {
    case 'title':
      return [
        `VIN ${look.vin}`,
        vehicle,
        `COLOR ${look.color.name}`,
        `TITLE NO ${choose.int(10_000_000, 99_999_999)}`,
        `ODOMETER ${choose.int(8, 240)},${choose.int(100, 999)}`,
        'OWNER  SAMPLE, PAT',
        'LIENHOLDER  NONE',
      ];
    case 'registration':
      return [
        vehicle,
        `VIN ${look.vin}`,
        `EXPIRES ${choose.int(1, 12)}/${choose.int(2019, 2027)}`,
        `WEIGHT ${choose.int(2900, 5200)}`,
        'OWNER  SAMPLE, PAT',
        `FEE ${money()}`,
      ];
    case 'license':
      return [
        'SAMPLE, PAT',
        `DL ${choose.int(1_000_000, 9_999_999)}`,
        `DOB ${choose.int(1, 12)}/${choose.int(1, 28)}/${choose.int(1950, 2000)}`,
        `CLASS ${choose.pick(['A', 'B', 'C'])}`,
        `EXP ${choose.int(2020, 2029)}`,
      ];
    case 'manual':
      return times(9, () => choose.some(WORDS, 5).join(' '));
    default:
      return [
        vehicle,
        ...times(7, () => `${choose.int(1, 4)} ${choose.some(WORDS, 2).join(' ')}  ${money()}`),
        `TOTAL ${money()}`,
      ];
  }
}

function ornament(sheet: Area): string {
  return times(4, (index) =>
    rect(
      {
        x: sheet.x + 14 + index * 9,
        y: sheet.y + 14 + index * 9,
        w: sheet.w - 28 - index * 18,
        h: sheet.h - 28 - index * 18,
      },
      'none',
      12,
      `stroke="#5f8f7a" stroke-width="4" stroke-dasharray="${6 + index * 4} 5"`,
    ),
  ).join('');
}

function portrait(sheet: Area, margin: number, number: number): string {
  const area = { x: sheet.x + margin, y: sheet.y + sheet.h * 0.26, w: sheet.w * 0.24, h: sheet.h * 0.55 };
  const skin = ['#e2b48f', '#8a5a3c', '#c58c63', '#f0cfb4'][number % 4] ?? '#c58c63';
  const [cx, cy] = [area.x + area.w / 2, area.y + area.h * 0.42];
  return (
    rect(area, '#8fb3c9') +
    ellipse(cx, area.y + area.h, area.w * 0.46, area.h * 0.28, '#394b63') +
    ellipse(cx, cy - area.h * 0.06, area.w * 0.26, area.h * 0.25, '#2c1d14') +
    ellipse(cx, cy, area.w * 0.22, area.h * 0.22, skin)
  );
}

/** Creases, coffee rings and a shadow of the one who takes the photo. */
function stains({ choose, width, height }: Canvas, sheet: Area): string[] {
  const fold = sheet.y + sheet.h * choose.real(0.4, 0.6, 2);
  return [
    rect({ x: sheet.x, y: fold, w: sheet.w, h: 2 }, '#000', 0, 'opacity=".18"'),
    rect({ x: sheet.x, y: fold + 2, w: sheet.w, h: 5 }, '#fff', 0, 'opacity=".35"'),
    ...times(choose.int(0, 3), () =>
      ellipse(
        choose.real(sheet.x, sheet.x + sheet.w),
        choose.real(sheet.y, sheet.y + sheet.h),
        60,
        56,
        'none',
        'stroke="#7a5427" stroke-width="7" opacity=".2"',
      ),
    ),
    ellipse(width * choose.real(0, 1, 2), height * 1.05, width * 0.4, height * 0.5, '#000', 'opacity=".13"'),
  ];
}

const TITLES: Record<DocumentKind, string> = {
  spid_sheet: 'SERVICE PARTS IDENTIFICATION',
  title: 'CERTIFICATE OF TITLE',
  registration: 'VEHICLE REGISTRATION CARD',
  license: 'DRIVER LICENSE',
  receipt: 'INVOICE - PARTS AND LABOR',
  manual: 'OWNER MANUAL  4-12',
  window_sticker: 'MANUFACTURER SUGGESTED PRICE',
  other: 'NOTES ON THE RESTORATION',
};

const PAPERS: Partial<Record<DocumentKind, string[]>> = {
  title: ['#dcebdd', '#e6e9d4'],
  license: ['#d6e4ee', '#efe0d0'],
  registration: ['#e7eef4', '#f3ead9'],
};

const HEADS: Partial<Record<DocumentKind, string>> = {
  license: '#1d3f8a',
  window_sticker: '#8f1623',
  title: '#2f5a46',
};

const WORDS = [
  'BRAKE',
  'ROTOR',
  'GASKET',
  'FILTER',
  'SENSOR',
  'CHECK',
  'TORQUE',
  'LEVEL',
  'OIL',
  'COOLANT',
  'BELT',
  'REPLACE',
  'CARBURETOR',
  'VALVE',
  'CLUTCH',
  'PAINT',
  'BUMPER',
  'LAMP',
];
