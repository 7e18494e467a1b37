import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../domain/failure.ts';

/** A model as it is recorded with every prediction. */
export interface ModelFile {
  /** The version, as in `ranker_v4`. */
  name: string;
  file: string;
  /** Of the file's bytes, hexadecimal. */
  sha256: string;
}

/** The first of the versions whose file is there. Throws UsageError when none is. */
export async function findModel(folder: string, versions: readonly string[]): Promise<ModelFile> {
  const name = versions.find((version) => existsSync(path.join(folder, `${version}.onnx`)));
  if (name === undefined) throw missing(folder, versions);
  const file = path.join(folder, `${name}.onnx`);
  return { name, file, sha256: await sha256(file) };
}

/** A model given by its path. Throws UsageError when it is not there, or is not ONNX by its name. */
export async function modelAt(file: string): Promise<ModelFile> {
  if (!file.toLowerCase().endsWith('.onnx')) {
    throw new UsageError(`${file} is no .onnx file`, 'Export the model to ONNX.');
  }
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) throw new UsageError(`${file} is no file`, 'Give the path of the model.');
  return { name: path.parse(file).name, file, sha256: await sha256(file) };
}

function missing(folder: string, versions: readonly string[]): UsageError {
  const wanted = versions.map((version) => `${version}.onnx`).join(' or ');
  const weights = versions
    .flatMap((version) => [`${version}.pt`, `${version}.pth`])
    .find((file) => existsSync(path.join(folder, file)));
  const told = `${folder} has no ${wanted}`;
  return weights === undefined
    ? new UsageError(
        told,
        `Copy the model there, or export it with scripts/export-models.py --models ${folder}.`,
      )
    : new UsageError(
        `${told}, but ${weights}, which only PyTorch can read`,
        `Export it: python3 scripts/export-models.py --models ${folder}`,
      );
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}
