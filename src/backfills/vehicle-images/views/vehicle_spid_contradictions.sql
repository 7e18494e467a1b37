-- Where an SPID sheet says something else than its vehicle's row. Compared without case and separators; paint
-- codes contradict when the sheet and the row have none in common.
-- The vehicle's columns are read through to_jsonb, because not every database has all of them.
SELECT
  s.vehicle_id,
  s.image_id,
  f.field,
  f.vehicle_value,
  f.sheet_value,
  s.vin_valid,
  s.confidence
FROM vehicle_spid_data s
JOIN vehicles v ON v.id = s.vehicle_id
CROSS JOIN LATERAL (SELECT to_jsonb(v) AS row) AS vehicle
CROSS JOIN LATERAL (
  VALUES
    ('vin', vehicle.row ->> 'vin', s.vin, ARRAY[s.vin]),
    ('build_date', vehicle.row ->> 'build_date', s.build_date, ARRAY[s.build_date, s.built_on::text]),
    ('paint_code', vehicle.row ->> 'paint_code', nullif(array_to_string(s.paint_codes, ', '), ''), s.paint_codes)
) AS f (field, vehicle_value, sheet_value, sheet_values)
WHERE nullif(f.vehicle_value, '') IS NOT NULL
  AND nullif(f.sheet_value, '') IS NOT NULL
  AND NOT CASE
    WHEN f.field = 'paint_code'
      THEN array_remove(regexp_split_to_array(upper(f.vehicle_value), '[^A-Z0-9]+'), '')
        && regexp_split_to_array(upper(array_to_string(f.sheet_values, ' ')), '[^A-Z0-9]+')
    ELSE regexp_replace(upper(f.vehicle_value), '[^A-Z0-9]+', '', 'g') IN (
      SELECT regexp_replace(upper(value), '[^A-Z0-9]+', '', 'g') FROM unnest(f.sheet_values) AS value
      WHERE value IS NOT NULL
    )
  END
