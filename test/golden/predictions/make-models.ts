/** `node test/golden/predictions/make-models.ts <folder>`: the models that reference.json was made with. */
import { makeModels } from '../../../src/stack/predictions/models.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Say where: node make-models.ts <folder>');
await makeModels(folder, { seed: 21, size: 'small' });
