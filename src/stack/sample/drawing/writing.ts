/**
 * Letters as strokes, so that what is written on a photo does not depend on the machine's fonts. Each glyph
 * is polylines of (x, y) digits on a grid 4 wide and 6 high, y downwards.
 */
const GLYPHS: Record<string, string> = {
  A: '062046 1434',
  B: '06003041423303 3344453606',
  C: '4130100105163645',
  D: '06002042442606',
  E: '40000646 0333',
  F: '400006 0333',
  G: '41301001051636454323',
  H: '0006 4046 0343',
  I: '1030 2026 1636',
  J: '404536160504',
  K: '0006 400346',
  L: '000646',
  M: '0600234046',
  N: '06004640',
  O: '103041453616050110',
  P: '06003041423303',
  Q: '103041453616050110 2446',
  R: '06003041423303 2346',
  S: '413010010213334445361605',
  T: '0040 2026',
  U: '000516364540',
  V: '002640',
  W: '0016233640',
  X: '0046 4006',
  Y: '002340 2326',
  Z: '00400646',
  '0': '103041453616050110 1531',
  '1': '112026 1636',
  '2': '01103041420646',
  '3': '0110304142334445361605 1333',
  '4': '36300444',
  '5': '400002324345361605',
  '6': '4130100105163645443303',
  '7': '004016',
  '8': '13020110304142331304051636454433',
  '9': '4313020110304145361605',
  '-': '1333',
  '/': '0640',
  ':': '2122 2425',
  '.': '2526',
  ',': '2517',
  $: '413010010213334445361605 2026',
  '#': '1016 3036 0242 0444',
  '(': '30222436',
  ')': '10222416',
};

const ADVANCE = 5.6;

/** An SVG path. `height` of a letter, and the corner of the first one, in the drawing's units. */
export function writing(
  text: string,
  x: number,
  y: number,
  height: number,
  { color = '#1c1c1c', weight = 0.13 }: { color?: string; weight?: number } = {},
): string {
  const unit = height / 6;
  const strokes = [...text.toUpperCase()].flatMap((character, index) =>
    (GLYPHS[character] ?? '').split(' ').map((line) => stroke(line, x + index * ADVANCE * unit, y, unit)),
  );
  return `<path d="${strokes.join('')}" fill="none" stroke="${color}" stroke-width="${(height * weight).toFixed(2)}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

export function writingWidth(text: string, height: number): number {
  return (text.length * ADVANCE - 1.6) * (height / 6);
}

function stroke(line: string, x: number, y: number, unit: number): string {
  const points = line.match(/../g) ?? [];
  return points
    .map(([column, row], index) => {
      const across = (x + Number(column) * unit).toFixed(1);
      const down = (y + Number(row) * unit).toFixed(1);
      return `${index === 0 ? 'M' : 'L'}${across} ${down}`;
    })
    .join('');
}
