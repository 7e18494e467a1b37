/** How a bird is built, and so where it is met and how it is drawn. */
export type Form = 'songbird' | 'wader' | 'duck' | 'raptor' | 'flying';

export type Setting = 'foliage' | 'feeder' | 'sky' | 'water';

export interface Species {
  /** Rekognition's word for it. */
  name: string;
  form: Form;
  colors: { back: string; breast: string; head: string; beak: string };
  crested?: boolean;
}

export const SPECIES: readonly Species[] = [
  {
    name: 'Blue Jay',
    form: 'songbird',
    colors: { back: '#2f62c4', breast: '#e3e6ee', head: '#3a70d6', beak: '#22252b' },
    crested: true,
  },
  {
    name: 'Cardinal',
    form: 'songbird',
    colors: { back: '#b0151f', breast: '#d8202a', head: '#cf1a26', beak: '#e8792b' },
    crested: true,
  },
  {
    name: 'Robin',
    form: 'songbird',
    colors: { back: '#54483f', breast: '#d6622a', head: '#3a332f', beak: '#d9a52e' },
  },
  {
    name: 'Finch',
    form: 'songbird',
    colors: { back: '#4a4a3e', breast: '#f0cf2d', head: '#e2bd1f', beak: '#c98a4a' },
  },
  {
    name: 'Sparrow',
    form: 'songbird',
    colors: { back: '#7b573a', breast: '#cdbda5', head: '#8a6040', beak: '#3b3430' },
  },
  {
    name: 'Heron',
    form: 'wader',
    colors: { back: '#66798c', breast: '#a9b5bf', head: '#dfe3e6', beak: '#d8a032' },
  },
  {
    name: 'Flamingo',
    form: 'wader',
    colors: { back: '#e56a86', breast: '#f39aac', head: '#f2889f', beak: '#3a2c30' },
  },
  {
    name: 'Duck',
    form: 'duck',
    colors: { back: '#6d6157', breast: '#8c5a3c', head: '#17603f', beak: '#e0b431' },
  },
  {
    name: 'Goose',
    form: 'duck',
    colors: { back: '#6b5c4c', breast: '#b9a993', head: '#1d1c1c', beak: '#141414' },
  },
  {
    name: 'Swan',
    form: 'duck',
    colors: { back: '#e9e9e4', breast: '#f6f6f1', head: '#f4f3ee', beak: '#e5732b' },
  },
  {
    name: 'Eagle',
    form: 'raptor',
    colors: { back: '#3d2a1d', breast: '#51392a', head: '#f1ede2', beak: '#ecb92f' },
  },
  {
    name: 'Hawk',
    form: 'raptor',
    colors: { back: '#7d6247', breast: '#b79c78', head: '#93765a', beak: '#2c2824' },
  },
  {
    name: 'Seagull',
    form: 'flying',
    colors: { back: '#9aa5af', breast: '#f3f4f3', head: '#fbfbf9', beak: '#e9a92c' },
  },
  {
    name: 'Swallow',
    form: 'flying',
    colors: { back: '#26345c', breast: '#e9d9bf', head: '#7a3524', beak: '#26242a' },
  },
];

/** Width divided by height of a whole bird, and where it is met. */
export const FORMS: Record<Form, { aspect: number; settings: readonly Setting[] }> = {
  songbird: { aspect: 1.45, settings: ['foliage', 'foliage', 'feeder', 'sky'] },
  wader: { aspect: 0.62, settings: ['water'] },
  duck: { aspect: 1.35, settings: ['water'] },
  raptor: { aspect: 0.62, settings: ['foliage', 'sky'] },
  flying: { aspect: 2, settings: ['sky', 'sky', 'water'] },
};
