export interface Amenity {
  name: string;
  /** Where photos show it. */
  where: 'outside' | 'inside';
  /** Of a hundred homes. */
  share: number;
  /** How photos of it are described; the name itself unless given. */
  wordings?: readonly string[];
}

/** The first ones are so common that every home has one of them at least. */
export const COMMON = 5;

export const AMENITIES: readonly Amenity[] = [
  { name: 'attached garage', where: 'outside', share: 45 },
  { name: 'front porch', where: 'outside', share: 40, wordings: ['front porch', 'covered front porch'] },
  {
    name: 'fireplace',
    where: 'inside',
    share: 45,
    wordings: ['fireplace', 'brick fireplace', 'stone fireplace', 'white fireplace mantel', 'gas fireplace'],
  },
  {
    name: 'patio',
    where: 'outside',
    share: 30,
    wordings: ['patio', 'stone patio', 'brick patio', 'back patio'],
  },
  {
    name: 'deck',
    where: 'outside',
    share: 30,
    wordings: ['deck', 'wood deck', 'large wood deck', 'gray deck'],
  },
  { name: 'driveway', where: 'outside', share: 35, wordings: ['driveway', 'concrete driveway'] },
  {
    name: 'fenced yard',
    where: 'outside',
    share: 25,
    wordings: ['fenced yard', 'white fenced yard', 'fully fenced yard'],
  },
  { name: 'laundry room', where: 'inside', share: 22 },
  { name: 'swimming pool', where: 'outside', share: 12, wordings: ['swimming pool', 'blue swimming pool'] },
  { name: 'walk in closet', where: 'inside', share: 18, wordings: ['walk in closet', 'walk-in closet'] },
  { name: 'garden', where: 'outside', share: 12, wordings: ['garden', 'flower garden', 'stone garden'] },
  { name: 'detached garage', where: 'outside', share: 9 },
  { name: 'balcony', where: 'outside', share: 10, wordings: ['balcony', 'black iron balcony'] },
  { name: 'finished basement', where: 'inside', share: 12 },
  { name: 'home office', where: 'inside', share: 12 },
  { name: 'screened porch', where: 'outside', share: 6 },
  { name: 'covered patio', where: 'outside', share: 8 },
  {
    name: 'outdoor kitchen',
    where: 'outside',
    share: 5,
    wordings: ['outdoor kitchen', 'stone outdoor kitchen'],
  },
  { name: 'fire pit', where: 'outside', share: 8, wordings: ['fire pit', 'stone fire pit'] },
  { name: 'hot tub', where: 'outside', share: 6 },
  { name: 'wet bar', where: 'inside', share: 5, wordings: ['wet bar', 'wood wet bar'] },
  { name: 'wine cellar', where: 'inside', share: 3, wordings: ['wine cellar', 'brick wine cellar'] },
  { name: 'home theater', where: 'inside', share: 5, wordings: ['home theater', 'dark home theater'] },
  { name: 'home gym', where: 'inside', share: 5 },
  { name: 'sunroom', where: 'inside', share: 7, wordings: ['sunroom', 'bright sunroom'] },
  { name: 'mudroom', where: 'inside', share: 7 },
  { name: 'pergola', where: 'outside', share: 6, wordings: ['pergola', 'wood pergola', 'white pergola'] },
  { name: 'gazebo', where: 'outside', share: 3, wordings: ['gazebo', 'white gazebo'] },
  { name: 'solar panels', where: 'outside', share: 7, wordings: ['solar panels', 'black solar panels'] },
  { name: 'mountain view', where: 'outside', share: 6, wordings: ['mountain view', 'mountain views'] },
  { name: 'ocean view', where: 'outside', share: 3, wordings: ['ocean view', 'blue ocean view'] },
  { name: 'basketball court', where: 'outside', share: 3 },
  { name: 'greenhouse', where: 'outside', share: 3, wordings: ['greenhouse', 'glass greenhouse'] },
  { name: 'elevator', where: 'inside', share: 2 },
  { name: 'sauna', where: 'inside', share: 2, wordings: ['sauna', 'wood sauna'] },
];
