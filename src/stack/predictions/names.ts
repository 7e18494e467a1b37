import { type Dice, dice } from '../sample/random.ts';
import type { SeedProject } from './seed-projects.ts';

const STAGES = ['stage1_generated', 'stage1.5_face_swapped', 'stage2_upscaled', 'stage3_enhanced'];

/** Exactly so many, all different, in groups of one to six. */
export function namesOf(project: SeedProject, images: number, seed: number): string[] {
  const choose = dice(`names/${project.id}`, seed);
  const names = project.named === 'folders' ? folders(images, choose) : stages(images, choose);
  return project.mac ? names.map((name) => `${project.source.replace('.zip', '')}/${name}`) : names;
}

/** Most photos went through three or four stages, some through two, a few through one. */
function stages(images: number, choose: Dice): string[] {
  const names: string[] = [];
  let seconds = choose.int(0, 86_400);
  while (names.length < images) {
    const kept = choose.some(STAGES, choose.pick([1, 2, 3, 3, 4, 4, 4, 4]));
    for (const stage of kept) names.push(`${stamp(seconds++)}_${stage}.png`);
    seconds += choose.int(20, 90);
  }
  return names.slice(0, images);
}

/** `20250705_230713`. */
function stamp(seconds: number): string {
  const time = new Date(Date.UTC(2025, 6, 1) + seconds * 1000);
  return time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
}

function folders(images: number, choose: Dice): string[] {
  const names: string[] = [];
  for (let set = 1; names.length < images; set++) {
    const count = choose.int(1, 6);
    for (let shot = 1; shot <= count; shot++)
      names.push(`set_${String(set).padStart(5, '0')}/IMG_${shot}.${choose.chance(0.7) ? 'jpg' : 'png'}`);
  }
  return names.slice(0, images);
}
