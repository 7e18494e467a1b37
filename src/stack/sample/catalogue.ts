/** What sample vehicles there are. */
export type Body = 'coupe' | 'sedan' | 'pickup' | 'suv' | 'wagon';

export interface Color {
  name: string;
  hex: string;
  code: string;
}

export interface Line {
  make: string;
  model: string;
  trims: readonly string[];
  body: Body;
  years: readonly [number, number];
}

export const LINES: readonly Line[] = [
  { make: 'Chevrolet', model: 'Camaro', trims: ['Z/28', 'RS', 'SS'], body: 'coupe', years: [1967, 1992] },
  {
    make: 'Chevrolet',
    model: 'Chevelle',
    trims: ['Malibu', 'SS 396', 'Laguna'],
    body: 'coupe',
    years: [1966, 1977],
  },
  {
    make: 'Chevrolet',
    model: 'C10',
    trims: ['Silverado', 'Scottsdale', 'Cheyenne'],
    body: 'pickup',
    years: [1973, 1987],
  },
  {
    make: 'Chevrolet',
    model: 'K5 Blazer',
    trims: ['Silverado', 'Custom Deluxe'],
    body: 'suv',
    years: [1973, 1991],
  },
  {
    make: 'Chevrolet',
    model: 'Suburban',
    trims: ['LS', 'LT', 'Scottsdale'],
    body: 'suv',
    years: [1973, 2006],
  },
  { make: 'Chevrolet', model: 'Caprice', trims: ['Classic', 'Estate'], body: 'sedan', years: [1971, 1996] },
  { make: 'Chevrolet', model: 'Nomad', trims: ['Bel Air', 'Kingswood'], body: 'wagon', years: [1966, 1972] },
  { make: 'GMC', model: 'Sierra', trims: ['SLE', 'SLT', 'Grande'], body: 'pickup', years: [1975, 2013] },
  { make: 'GMC', model: 'Jimmy', trims: ['High Sierra', 'SLE'], body: 'suv', years: [1973, 2001] },
  {
    make: 'Pontiac',
    model: 'Firebird',
    trims: ['Trans Am', 'Formula', 'Esprit'],
    body: 'coupe',
    years: [1967, 2002],
  },
  { make: 'Pontiac', model: 'Grand Prix', trims: ['SJ', 'LJ', 'GTP'], body: 'sedan', years: [1969, 2008] },
  { make: 'Pontiac', model: 'Safari', trims: ['Catalina', 'Bonneville'], body: 'wagon', years: [1967, 1989] },
];

export const COLORS: readonly Color[] = [
  { name: 'Tuxedo Black', hex: '#17181b', code: '19' },
  { name: 'Frost White', hex: '#e9e7df', code: '12' },
  { name: 'Cranberry Red', hex: '#8f1623', code: '72' },
  { name: 'Hugger Orange', hex: '#e0561c', code: '65' },
  { name: 'Daytona Yellow', hex: '#e8b51f', code: '76' },
  { name: 'Fathom Blue', hex: '#20406f', code: '28' },
  { name: 'Light Blue Metallic', hex: '#7fa3bf', code: '24' },
  { name: 'Forest Green', hex: '#2f5138', code: '48' },
  { name: 'Champagne Gold', hex: '#b99d6b', code: '55' },
  { name: 'Cortez Silver', hex: '#a4a8ab', code: '14' },
  { name: 'Burnished Brown', hex: '#5b3a26', code: '61' },
  { name: 'Doeskin Tan', hex: '#c2a883', code: '59' },
  { name: 'Teal Metallic', hex: '#1f6f78', code: '36' },
  { name: 'Medium Maroon', hex: '#571a25', code: '79' },
  { name: 'Gunmetal Grey', hex: '#4c5258', code: '87' },
];

export const RPO_CODES: readonly string[] = [
  'AU3',
  'A31',
  'B30',
  'C60',
  'C49',
  'D34',
  'E63',
  'F44',
  'G80',
  'GT4',
  'GU6',
  'J55',
  'K34',
  'L05',
  'L31',
  'LS5',
  'M20',
  'M38',
  'MX0',
  'N33',
  'N40',
  'PA6',
  'QBN',
  'R9A',
  'TR9',
  'U16',
  'U63',
  'V01',
  'VK3',
  'Y91',
  'Z28',
  'Z84',
  'ZW9',
  'YE9',
  'UM6',
  'TT4',
  'P01',
  'NP5',
];
