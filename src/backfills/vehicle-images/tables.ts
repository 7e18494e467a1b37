/** Columns of `vehicle_images` that an analysis writes, added where a database lacks them. */
export const ANALYSIS_COLUMNS: Record<string, string> = {
  ai_scan_metadata: 'jsonb',
  ai_last_scanned: 'timestamptz',
  ai_component_count: 'integer',
  ai_avg_confidence: 'numeric',
  is_document: 'boolean',
  document_category: 'text',
};

/** What every row that was read off an image begins with; one row per image, step and position. */
const READ_OFF_AN_IMAGE: Record<string, string> = {
  id: 'uuid',
  image_id: 'uuid',
  vehicle_id: 'uuid',
  step: 'text',
  position: 'integer',
};

/** The tables of findings. In an existing table of that name only the missing columns are added. */
export const FINDING_TABLES = {
  image_tags: {
    ...READ_OFF_AN_IMAGE,
    tag_name: 'text',
    tag_type: 'text',
    confidence: 'numeric',
    box: 'jsonb',
  },
  component_conditions: {
    ...READ_OFF_AN_IMAGE,
    component_name: 'text',
    condition: 'text',
    condition_score: 'numeric',
    notes: 'text',
    confidence: 'numeric',
  },
  paint_quality_assessments: {
    ...READ_OFF_AN_IMAGE,
    color: 'text',
    finish: 'text',
    quality_score: 'numeric',
    defects: 'text[]',
    confidence: 'numeric',
  },
  vehicle_spid_data: {
    ...READ_OFF_AN_IMAGE,
    vin: 'text',
    vin_normalised: 'text',
    vin_form: 'text',
    vin_valid: 'boolean',
    vin_reason: 'text',
    rpo_codes: 'text[]',
    paint_codes: 'text[]',
    build_date: 'text',
    built_on: 'date',
    confidence: 'numeric',
  },
} as const satisfies Record<string, Record<string, string>>;

export type FindingTable = keyof typeof FINDING_TABLES;
export const FINDING_TABLE_NAMES = Object.keys(FINDING_TABLES) as FindingTable[];

/** Serves the text search of the view `vehicle_component_index`, which has the same expression. */
export const COMPONENT_SEARCH_INDEX = `CREATE INDEX IF NOT EXISTS component_conditions_search_idx ON component_conditions
  USING gin (to_tsvector('english', coalesce(component_name, '') || ' ' || coalesce(notes, '')))`;
