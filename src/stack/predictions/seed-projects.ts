export interface SeedProject {
  id: string;
  /** Beside the others. Without `.zip`: a directory. */
  source: string;
  images: number;
  done?: boolean;
  /** How its images are named; stages unless said. */
  named?: 'folders';
  /** Packed by macOS, with what that adds. */
  mac?: boolean;
}

/** As the plan lists them, in its order. Their images sum to 191,216. */
export const SEED_PROJECTS: readonly SeedProject[] = [
  { id: '1010', source: '1010.zip', images: 2_912 },
  { id: '1011', source: '1011.zip', images: 4_666 },
  { id: '1012', source: '1012.zip', images: 5_680 },
  { id: '1013', source: '1013.zip', images: 2_882 },
  { id: '1100', source: '1100.zip', images: 8_904 },
  { id: '1101_Hailey', source: '1101.zip', images: 8_904 },
  { id: '1102', source: '1102.zip', images: 2_968 },
  { id: 'Aiko_raw', source: 'Aiko_raw.zip', images: 1_050 },
  { id: 'Patricia', source: 'Average Patricia.zip', images: 255, mac: true },
  { id: 'Eleni', source: 'Eleni_raw.zip', images: 5_816 },
  { id: 'Kiara_Slender', source: 'Slender Kiara.zip', images: 5_796, mac: true },
  { id: 'agent-1001', source: 'agent-1001.zip', images: 2_063 },
  { id: 'agent-1002', source: 'agent-1002.zip', images: 2_057 },
  { id: 'agent-1003', source: 'agent-1003.zip', images: 2_053 },
  { id: 'dalia', source: 'dalia.zip', images: 98, named: 'folders' },
  { id: 'jmlimages-random', source: 'jmlimages-random.zip', images: 26_690, named: 'folders' },
  { id: 'mixed-0919', source: 'mixed-0919.zip', images: 852, named: 'folders' },
  { id: 'mojo1', source: 'mojo1.zip', images: 38_366 },
  { id: 'mojo2', source: 'mojo2.zip', images: 35_870 },
  { id: 'mojo3', source: 'mojo3', images: 19_406, done: true },
  { id: 'tattersail-0918', source: 'tattersail-0918.zip', images: 13_928 },
];
