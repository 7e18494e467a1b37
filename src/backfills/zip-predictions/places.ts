import path from 'node:path';

/** Where everything is, below the data folder. */
export interface Places {
  sources: string;
  catalogue: string | null;
  models: string;
  embeddings: string;
  embeddingIndex: string;
  databases: string;
  log: string;
  /** `moment`: ISO time of the run's start. */
  summary(moment: string): string;
}

export function placesIn(
  folder: string,
  { sourceDir, catalogue }: { sourceDir: string; catalogue?: string | undefined },
): Places {
  const at = (...parts: string[]) => path.resolve(folder, ...parts);
  const data = (...parts: string[]) => at('data', 'ai_data', ...parts);
  return {
    sources: at(sourceDir),
    catalogue: catalogue === undefined ? null : at(catalogue),
    models: data('models'),
    embeddings: data('embeddings'),
    embeddingIndex: data('cache', 'processed_images.jsonl'),
    databases: at('data', 'training', 'ai_training_decisions'),
    log: data('batch_predictions_log.jsonl'),
    summary: (moment) => data(`batch_predictions_summary_${moment.replace(/\D/g, '').slice(0, 14)}.json`),
  };
}
