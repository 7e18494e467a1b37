/**
 * For the first start after version 1, which kept neither quarantine nor whose fields a rollback restores: both follow
 * from what it did keep. On a new database they follow from nothing.
 */
export const FROM_VERSION_1 = `
UPDATE temporal_backfill.runs r SET rollback_of = j.run_id
  FROM (SELECT DISTINCT rolled_back_by, run_id FROM temporal_backfill.journal WHERE rolled_back_by IS NOT NULL) j
 WHERE r.run_id = j.rolled_back_by;

INSERT INTO temporal_backfill.quarantine (backfill, item, unit, runs, class, message, last_run_id, updated_at)
SELECT DISTINCT ON (r.backfill, i.item) r.backfill, i.item, i.unit,
       count(*) OVER (PARTITION BY r.backfill, i.item), i.class, i.message, i.run_id, i.updated_at
  FROM temporal_backfill.items i JOIN temporal_backfill.runs r USING (run_id)
 WHERE i.status = 'failed' AND r.rollback_of IS NULL
   AND NOT EXISTS (
     SELECT FROM temporal_backfill.journal j JOIN temporal_backfill.runs w USING (run_id)
      WHERE w.backfill = r.backfill AND j.item = i.item AND j.written_at > i.updated_at)
 ORDER BY r.backfill, i.item, i.updated_at DESC;
`;
